using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using DriftStream.Plan;

namespace DriftStream.Host.Tests.Web;

/// <summary>Files of certificates, in a folder of their own, as a CA with one intermediate would give them.</summary>
internal sealed class Certificates : IDisposable
{
    private readonly X509Certificate2 _root, _between;
    private int _serial = 1;

    public Certificates()
    {
        Folder = Directory.CreateTempSubdirectory("driftstream-tls-").FullName;
        _root = Authority("CN=Root", null);
        _between = Authority("CN=Between", _root);
    }

    public string Folder { get; }

    /// <summary>The configuration would be here.</summary>
    public string Config => Path.Combine(Folder, "driftstream.yaml");

    public static WebCertificate Pem => new("cert.pem", "key.pem", null);

    /// <summary>Writes <c>cert.pem</c>, with the intermediate, and <c>key.pem</c>.</summary>
    public void Write(string name, DateTimeOffset? from = null, DateTimeOffset? to = null)
    {
        (X509Certificate2 own, RSA key) = Make(name, from, to);
        Text("cert.pem", own.ExportCertificatePem() + "\n" + _between.ExportCertificatePem() + "\n");
        Text("key.pem", key.ExportPkcs8PrivateKeyPem());
        using var other = RSA.Create(2048);
        Text("other.pem", other.ExportPkcs8PrivateKeyPem());
        Text("both.pem", own.ExportCertificatePem() + "\n" + key.ExportPkcs8PrivateKeyPem());
        var locked = new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1000);
        Text("locked.pem", key.ExportEncryptedPkcs8PrivateKeyPem("secret", locked));
        using X509Certificate2 pair = own.CopyWithPrivateKey(key);
        File.WriteAllBytes(Path.Combine(Folder, "cert.pfx"), new X509Certificate2Collection { pair, _between }.Export(X509ContentType.Pkcs12, "secret")!);
        Text("password", "secret\n");
        own.Dispose();
        key.Dispose();
    }

    public void Text(string file, string text) => File.WriteAllText(Path.Combine(Folder, file), text);

    public string Read(string file) => File.ReadAllText(Path.Combine(Folder, file));

    public void Dispose()
    {
        _root.Dispose();
        _between.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    private (X509Certificate2 Own, RSA Key) Make(string name, DateTimeOffset? from, DateTimeOffset? to)
    {
        var key = RSA.Create(2048);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        X509Certificate2 own = request.Create(
            _between, from ?? DateTimeOffset.UtcNow.AddDays(-400), to ?? DateTimeOffset.UtcNow.AddDays(60), [(byte)_serial++, 7]);
        return (own, key);
    }

    private X509Certificate2 Authority(string name, X509Certificate2? by)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        DateTimeOffset from = DateTimeOffset.UtcNow.Date.AddDays(-1000), to = DateTimeOffset.UtcNow.Date.AddDays(1000);
        if (by is null) return request.CreateSelfSigned(from, to);
        using X509Certificate2 own = request.Create(by, from, to, [(byte)_serial++]);
        return own.CopyWithPrivateKey(key);
    }
}
