# The worker, with the sample for the demo: docker run --rm driftstream demo
FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
WORKDIR /source
COPY global.json Directory.Build.props Directory.Packages.props .editorconfig ./
COPY kernels/DriftStream.Kernels/*.csproj kernels/DriftStream.Kernels/packages.lock.json kernels/DriftStream.Kernels/
COPY kernels/DriftStream.Kernels.Gpu/*.csproj kernels/DriftStream.Kernels.Gpu/packages.lock.json kernels/DriftStream.Kernels.Gpu/
COPY src/DriftStream/*.csproj src/DriftStream/packages.lock.json src/DriftStream/
COPY src/DriftStream.Host/*.csproj src/DriftStream.Host/packages.lock.json src/DriftStream.Host/
RUN ["dotnet", "restore", "src/DriftStream.Host", "--locked-mode"]
COPY kernels kernels
COPY src src
COPY samples samples
# The repository's tags are not in here: docker build --build-arg MinVerVersionOverride=1.2.3
ARG MinVerVersionOverride=0.1.0-image
RUN ["dotnet", "publish", "src/DriftStream.Host", "-c", "Release", "--no-restore", "-o", "/app"]
# Native libraries of other systems than the image's.
RUN rm -rf /app/runtimes/win* /app/runtimes/osx*

FROM mcr.microsoft.com/dotnet/aspnet:10.0
# Nothing is written but the log: the root may be read-only, and the runtime must not want a socket in /tmp.
ENV DOTNET_EnableDiagnostics=0
# Messages are fetched into one heap that is kept. Of several, each is given back to the kernel when it is empty, and faulted in again.
ENV MALLOC_ARENA_MAX=1
# 32 MiB (hexadecimal bytes) of new objects between collections, of which next to nothing survives: some thirty times fewer of them.
ENV DOTNET_GCgen0size=0x2000000
WORKDIR /app
COPY --from=build /app ./
USER $APP_UID
EXPOSE 9464
STOPSIGNAL SIGTERM
ENTRYPOINT ["dotnet", "/app/driftstream.dll"]
CMD ["--help"]
