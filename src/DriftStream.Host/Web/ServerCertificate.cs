using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using DriftStream.Host.Observability;
using DriftStream.Plan;
using Microsoft.Extensions.Logging;

namespace DriftStream.Host.Web;

/// <summary>What is wrong with the files of a certificate.</summary>
/// <param name="Why">Which file, and what is wrong with it.</param>
/// <param name="ToDo">What to do about it.</param>
/// <param name="IsMissing">A file is not there: it may be on the machine that serves the pages.</param>
public sealed record CertificateProblem(string Why, string ToDo, bool IsMissing = false);

/// <summary>
/// The certificate that pages are served with. Its files are looked at again and again, since who renews certificates does not restart workers; what is read
/// then holds for connections that are made from then on. One that cannot be read leaves the former one in use.
/// </summary>
public sealed class ServerCertificate : IDisposable
{
    private const string PemStart = "-----BEGIN ";

    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(30), Soon = TimeSpan.FromDays(14);

    private readonly string _config;
    private readonly WebCertificate _named;
    private readonly TimeProvider _time;
    private readonly Metrics _metrics;
    private readonly ILogger _logger;
    private readonly ITimer _timer;
    private volatile SslStreamCertificateContext _context;
    private string _print;
    private string? _refused;

    private ServerCertificate(
        string config, WebCertificate named, SslStreamCertificateContext first, string print, TimeProvider time, Metrics metrics, ILogger logger)
    {
        (_config, _named, _context, _print, _time) = (config, named, first, print, time);
        (_metrics, _logger) = (metrics, logger);
        Tell(first.TargetCertificate);
        _timer = time.CreateTimer(_ => Look(), null, Pace, Pace);
    }

    /// <summary>What the next connection is served with: the certificate, and those that lead to its root.</summary>
    public SslStreamCertificateContext Context => _context;

    /// <param name="config">The configuration file: paths in it are relative to its folder.</param>
    /// <exception cref="IOException">It cannot be read; the message says what to do.</exception>
    public static ServerCertificate Open(string config, WebCertificate named, TimeProvider time, Metrics metrics, ILogger logger)
    {
        string print = Print(config, named);
        (SslStreamCertificateContext? context, CertificateProblem? problem) = Read(config, named);
        if (context is null) throw new IOException($"{problem!.Why}; {problem.ToDo}");
        // The worker counts and judges all the same, and browsers say it to whoever opens a page.
        if (OutOfTime(config, named, context.TargetCertificate, time.GetUtcNow()) is { } late) logger.CertificateBad(late.Why, late.ToDo);
        return new ServerCertificate(config, named, context, print, time, metrics, logger);
    }

    /// <summary>What is wrong with it now; null where nothing is.</summary>
    /// <param name="isWarning">It can be used, for a while.</param>
    public static CertificateProblem? Check(string config, WebCertificate named, DateTimeOffset now, out bool isWarning)
    {
        (SslStreamCertificateContext? context, CertificateProblem? problem) = Read(config, named);
        isWarning = problem is { IsMissing: true };
        if (context is null) return problem;
        if (OutOfTime(config, named, context.TargetCertificate, now) is { } late) return late;
        isWarning = true;
        return context.TargetCertificate.NotAfter.ToUniversalTime() - now < Soon
            ? new CertificateProblem($"web.certificate.file: {At(config, named.File)} expires at {Day(context.TargetCertificate.NotAfter)}",
                "renew it; the worker takes the new file by itself")
            : null;
    }

    /// <summary>Reads the files again where they differ from those that were read.</summary>
    internal void Look()
    {
        string print = Print(_config, _named);
        if (print == _print) return;
        (SslStreamCertificateContext? context, CertificateProblem? problem) = Read(_config, _named);
        if (context is not null && OutOfTime(_config, _named, context.TargetCertificate, _time.GetUtcNow()) is { } late) problem = late;
        if (problem is not null)
        {
            // The key may be written after the certificate: it is said once it has stayed so.
            if (_refused == print) return;
            if (_refused is null)
            {
                _refused = "";
                return;
            }

            _refused = print;
            _logger.CertificateKept(problem.Why, problem.ToDo);
            return;
        }

        // Connections that are being made still use the former one, so it is left to the garbage collector.
        (_context, _print, _refused) = (context!, print, null);
        Tell(context!.TargetCertificate);
    }

    public void Dispose() => _timer.Dispose();

    private void Tell(X509Certificate2 certificate)
    {
        _metrics.CertificateExpires(certificate.NotAfter.ToUniversalTime());
        _logger.CertificateUsed(certificate.Subject, Day(certificate.NotAfter));
    }

    private static CertificateProblem? OutOfTime(string config, WebCertificate named, X509Certificate2 certificate, DateTimeOffset now)
    {
        string at = $"web.certificate.file: {At(config, named.File)}";
        if (certificate.NotAfter.ToUniversalTime() < now)
            return new CertificateProblem($"{at} has expired at {Day(certificate.NotAfter)}", "renew it; a running worker takes the new file by itself");
        return certificate.NotBefore.ToUniversalTime() > now
            ? new CertificateProblem($"{at} is valid from {Day(certificate.NotBefore)} on", "wait for it, or look at this machine's clock")
            : null;
    }

    private static string Day(DateTime local) => $"{local.ToUniversalTime():yyyy-MM-dd HH:mm} UTC";

    private static string At(string config, string path) => Path.Combine(Path.GetDirectoryName(config) ?? "", path);

    // Of what is in the files: a renewed one may be a link to another file, and have any time.
    private static string Print(string config, WebCertificate named)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string path in new[] { named.File, named.Key, named.PasswordFile }.OfType<string>())
        {
            try
            {
                hash.AppendData(SHA256.HashData(File.ReadAllBytes(At(config, path))));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                hash.AppendData(Encoding.UTF8.GetBytes(e.Message));
            }
        }

        return Convert.ToHexString(hash.GetHashAndReset());
    }

    private static (SslStreamCertificateContext? Context, CertificateProblem? Problem) Read(string config, WebCertificate named)
    {
        if (Bytes("file", named.File, out byte[] file) is { } noFile) return (null, noFile);
        byte[]? key = null, password = null;
        if (named.Key is { } keyPath && Bytes("key", keyPath, out key) is { } noKey) return (null, noKey);
        if (named.PasswordFile is { } passwordPath && Bytes("password.file", passwordPath, out password) is { } noPassword) return (null, noPassword);
        string? secret = password is null ? null : Encoding.UTF8.GetString(password).TrimEnd('\r', '\n');
        string text = Encoding.UTF8.GetString(file);
        bool isPem = text.Contains(PemStart, StringComparison.Ordinal);
        string keyText = key is null ? text : Encoding.UTF8.GetString(key);
        if (isPem && Lacking(config, named, text, keyText) is { } lacking) return (null, lacking);
        try
        {
            return isPem ? OfPem(text, keyText, secret) : OfPfx(file, secret);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            string with = named.Key is { } other ? $" with web.certificate.key: {At(config, other)}" : "";
            return (null, new CertificateProblem($"web.certificate.file: {At(config, named.File)}{with} cannot be used: {e.Message}",
                "it is PEM (the certificate first, then those that lead to its root, and the key that belongs to it), or PKCS #12, with the right password"));
        }

        CertificateProblem? Bytes(string name, string path, out byte[] bytes)
        {
            string at = At(config, path), what = $"web.certificate.{name}: {at}";
            bytes = [];
            try
            {
                bytes = File.ReadAllBytes(at);
                return null;
            }
            catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
            {
                return new CertificateProblem(
                    $"{what} is not there", "give the path where the worker finds it, relative to the configuration", IsMissing: true);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return new CertificateProblem($"{what} cannot be read: {e.Message}", "let the user of the worker read it");
            }
        }
    }

    // What .NET would say of it names neither the key of the configuration nor the file.
    private static CertificateProblem? Lacking(string config, WebCertificate named, string certificates, string key)
    {
        string file = $"web.certificate.file: {At(config, named.File)}";
        if (!certificates.Contains(PemStart + "CERTIFICATE-----", StringComparison.Ordinal))
            return new CertificateProblem($"{file} holds no certificate", "name the PEM file that begins with -----BEGIN CERTIFICATE-----");
        if (!key.Contains("PRIVATE KEY-----", StringComparison.Ordinal))
        {
            return named.Key is { } of
                ? new CertificateProblem($"web.certificate.key: {At(config, of)} holds no private key", "name the PEM file with -----BEGIN PRIVATE KEY-----")
                : new CertificateProblem($"web.certificate.key is not there, and {file} holds no private key",
                    "add key: PATH beside file:, of the PEM file with the private key of this certificate");
        }

        if (!key.Contains("ENCRYPTED", StringComparison.Ordinal) || named.PasswordFile is not null) return null;
        string at = named.Key is { } locked ? $"web.certificate.key: {At(config, locked)}" : file;
        return new CertificateProblem($"web.certificate.password is not there, and the private key of {at} is encrypted",
            "add password: { file: PATH } beside file:, of a file with the password");
    }

    private static (SslStreamCertificateContext?, CertificateProblem?) OfPem(string certificates, string key, string? password)
    {
        using X509Certificate2 pair = password is null ? X509Certificate2.CreateFromPem(certificates, key)
            : X509Certificate2.CreateFromEncryptedPem(certificates, key, password);
        var chain = new X509Certificate2Collection();
        chain.ImportFromPem(certificates);
        // Windows' TLS takes no key that is in memory alone.
        return (Served(X509CertificateLoader.LoadPkcs12(pair.Export(X509ContentType.Pkcs12), null), chain), null);
    }

    private static (SslStreamCertificateContext?, CertificateProblem?) OfPfx(byte[] file, string? password)
    {
        X509Certificate2Collection chain = X509CertificateLoader.LoadPkcs12Collection(file, password);
        X509Certificate2 own = chain.FirstOrDefault(c => c.HasPrivateKey) ?? throw new CryptographicException("it holds no private key");
        return (Served(own, chain), null);
    }

    // Nothing is fetched from elsewhere: what leads to the root is in the file, or browsers know it.
    private static SslStreamCertificateContext Served(X509Certificate2 own, X509Certificate2Collection chain) =>
        SslStreamCertificateContext.Create(own, [.. chain.Where(c => c.Thumbprint != own.Thumbprint)], offline: true);
}
