using System.Collections.Immutable;
using System.Net;
using DriftStream.Time;

namespace DriftStream.Plan;

/// <summary>Reads <c>web:</c>: where pages are, what they are read from, and who may read them.</summary>
internal static class WebSection
{
    /// <summary>What turns the pages off.</summary>
    public const string NoPages = "none";

    public const string DefaultListen = "127.0.0.1:9464";

    private const int MostMetricSignals = 1_000_000, MostOfUrl = 1000, MostRequests = 1_000_000;

    private const string Memory = "memory", Off = "off", None = "none", Token = "token", Header = "header";

    public static (string? Listen, bool Reload, WebSettings Pages, string? PublicUrl) Read(ConfigMap web)
    {
        string? listen = Listen(web, DefaultListen);
        bool reload = web.Choice("reload", false, ("true", true), ("false", false));
        string? store = web.Text("store") is { } written && written != Memory ? written : null;
        Duration keep = web.Duration("keep", WebSettings.None.Keep, EventTime.Day);
        PageReaders? asked = web.Has("read")
            ? web.Choice<PageReaders?>("read", null, (Off, PageReaders.Off), (None, PageReaders.Anyone), (Token, PageReaders.Token),
                (Header, PageReaders.Header))
            : null;
        web.Find("read");
        bool alone = listen is not null && IsLoopback(listen);
        PageReaders readers = asked ?? (alone ? PageReaders.Anyone : PageReaders.Off);
        if (asked == PageReaders.Anyone && listen is not null && !alone)
        {
            web.Findings.Warn(web.Find("read")!, "open_pages", $"web.read: {None} shows models, owners and alerts to whoever reaches {listen}",
                $"{Token} or {Header}, or listen: 127.0.0.1:9464 behind a proxy");
        }

        ConfigMap token = web.Map("token"), header = web.Map("header");
        (int signals, string? metricsListen) = Metrics(web.Map("metrics"), listen);
        WebCertificate? certificate = Certificate(web.Map("certificate"));
        var proxies = new WebProxies(Networks(web, "proxies"));
        if (readers == PageReaders.Token && listen is not null && !alone && certificate is null && proxies.From.IsEmpty)
        {
            web.Findings.Warn(web.Find("read")!, "token_in_clear", $"web.read: {Token} without TLS: whoever is on the way to {listen} reads the token",
                "certificate: { file: cert.pem, key: key.pem }, or proxies: [10.1.2.3] that speak TLS", "or listen: 127.0.0.1:9464 behind a proxy");
        }

        string? publicUrl = PublicUrl(web);
        string? file = token.Text("file");
        token.Close();
        WebLimits limits = Limits(web.Map("limits"));
        ProxyHeaders? headers = Headers(header);
        Needs(web, readers, PageReaders.Token, Token, file is not null, token, "token: { file: /run/secrets/... }");
        Needs(web, readers, PageReaders.Header, Header, headers is not null, header, "header: { user: X-Forwarded-User, from: [10.1.2.3] }");
        web.Close();
        var settings = new WebSettings(store, keep, readers, file, headers)
        {
            MetricSignals = signals,
            MetricsListen = metricsListen,
            Certificate = certificate,
            Proxies = proxies,
            Limits = limits,
        };
        return (listen, reload, settings, publicUrl);
    }

    private static (int Signals, string? Listen) Metrics(ConfigMap metrics, string? pages)
    {
        int signals = metrics.Whole("signals", WebSettings.DefaultMetricSignals, 0, MostMetricSignals);
        string? listen = Listen(metrics, NoPages);
        metrics.Close();
        if (listen is null || listen != pages || listen.EndsWith(":0", StringComparison.Ordinal)) return (signals, listen);
        metrics.Findings.Error(
            metrics.Find("listen")!, "bad_address", "web.metrics.listen is web.listen", "another port, or nothing: /metrics is there anyway");
        return (signals, null);
    }

    private static WebCertificate? Certificate(ConfigMap certificate)
    {
        if (certificate.IsThere) certificate.Require("file", "cert.pem, or cert.pfx");
        string? file = certificate.Text("file"), key = certificate.Text("key");
        ConfigMap password = certificate.Map("password");
        if (password.IsThere) password.Require("file", "the path of a file that holds the password");
        string? passwordFile = password.Text("file");
        password.Close();
        certificate.Close();
        return file is null ? null : new WebCertificate(file, key, passwordFile);
    }

    private static WebLimits Limits(ConfigMap limits)
    {
        var read = new WebLimits(
            limits.Whole("read", WebLimits.Default.Read, 1, MostRequests), limits.Whole("write", WebLimits.Default.Write, 1, MostRequests),
            limits.Whole("sign_in", WebLimits.Default.SignIn, 1, MostRequests));
        limits.Close();
        return read;
    }

    // Without a slash at its end, for addresses of pages begin with one.
    private static string? PublicUrl(ConfigMap web)
    {
        ConfigNode? at = web.Find("public_url");
        if (at is null || web.Values.Text(at, "web.public_url") is not { } text) return null;
        if (text.Length <= MostOfUrl && Uri.TryCreate(text, UriKind.Absolute, out Uri? uri) && uri.Scheme is "https" or "http"
            && uri is { UserInfo: "", Query: "", Fragment: "" }) return uri.AbsoluteUri.TrimEnd('/');
        web.Findings.Error(at, "bad_address", $"web.public_url: {at.Described} is no address of pages", "https://drift.example.org");
        return null;
    }

    // A key that does nothing is a mistake of whoever believes that it protects something.
    private static void Needs(ConfigMap web, PageReaders readers, PageReaders by, string key, bool there, ConfigMap map, string example)
    {
        if (readers == by && !map.IsThere) web.Findings.Error(web.Find("read")!, "web_read", $"web.read: {key} needs web.{key}", example);
        else if (readers != by && map.IsThere) web.Findings.Warn(map.At, "unused", $"web.{key} is not used: nobody is let in by it", $"read: {key}");
        if (map.IsThere && !there) web.Findings.Error(map.At, "web_read", $"web.{key} lacks what it needs", example);
    }

    private static ProxyHeaders? Headers(ConfigMap header)
    {
        string? user = Name("user"), groups = Name("groups");
        ImmutableArray<string> from = Networks(header, "from");
        header.Close();
        return user is null || from.IsEmpty ? null : new ProxyHeaders(user, groups, from);

        string? Name(string key)
        {
            ConfigNode? at = header.Find(key);
            if (at is null || header.Values.Text(at, header.Of(key)) is not { } text) return null;
            if (!text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'))
                header.Findings.Error(at, "bad_header", $"{header.Of(key)}: {at.Described} is no name of a header", "X-Forwarded-User");
            return text;
        }
    }

    private static ImmutableArray<string> Networks(ConfigMap map, string key)
    {
        ImmutableArray<ConfigNode> items = map.List(key) ?? [];
        ImmutableArray<string> networks = [.. map.Texts(key) ?? []];
        for (int i = 0; i < Math.Min(items.Length, networks.Length); i++)
        {
            if (!IsNetwork(networks[i]))
                map.Findings.Error(items[i], "bad_network", $"{map.Of(key)}: {items[i].Described} is no address or network", "10.1.2.3, or 10.0.0.0/8");
        }

        return networks;
    }

    /// <summary>Whether only this machine reaches it.</summary>
    internal static bool IsLoopback(string listen)
    {
        string host = listen[..listen.LastIndexOf(':')];
        return host == "localhost" || (IPAddress.TryParse(host.Trim('[', ']'), out IPAddress? address) && IPAddress.IsLoopback(address));
    }

    private static bool IsNetwork(string text) => text.Contains('/', StringComparison.Ordinal) ? IPNetwork.TryParse(text, out _)
        : IPAddress.TryParse(text, out _);

    private static string? Listen(ConfigMap map, string otherwise)
    {
        ConfigNode? at = map.Find("listen");
        string? listen = at is null ? otherwise : map.Values.Text(at, map.Of("listen"));
        if (listen is null or NoPages) return null;
        int colon = listen.LastIndexOf(':');
        if (colon > 0 && ushort.TryParse(listen.AsSpan(colon + 1), out _)) return listen;
        map.Findings.Error(at!, "bad_address", $"{map.Of("listen")}: {at!.Described} is not host:port", $"{DefaultListen}, or {NoPages}");
        return null;
    }

    /// <summary>Writes what is read above.</summary>
    public static void Write(YamlText yaml, DriftPlan plan)
    {
        WebSettings pages = plan.Web;
        yaml.Open("web");
        yaml.Line("listen", YamlText.Quoted(plan.WebListen ?? NoPages));
        yaml.Line("reload", plan.WebReload ? "true" : "false");
        yaml.Text("public_url", plan.PublicUrl);
        yaml.Text("store", pages.Store ?? Memory);
        yaml.Line("keep", Quantity.Duration(pages.Keep));
        yaml.Line("read", pages.Readers switch
        {
            PageReaders.Off => YamlText.Quoted(Off), // to YAML 1.1 the bare word is false
            PageReaders.Anyone => None,
            PageReaders.Token => Token,
            PageReaders.Header => Header,
        });
        yaml.Open("metrics");
        yaml.Line("signals", Quantity.Digits(pages.MetricSignals));
        yaml.Text("listen", pages.MetricsListen);
        yaml.Close();
        yaml.Open("limits");
        yaml.Line("read", Quantity.Digits(pages.Limits.Read));
        yaml.Line("write", Quantity.Digits(pages.Limits.Write));
        yaml.Line("sign_in", Quantity.Digits(pages.Limits.SignIn));
        yaml.Close();
        if (!pages.Proxies.From.IsEmpty) yaml.Line("proxies", YamlText.List(pages.Proxies.From));
        if (pages.Certificate is { } certificate)
        {
            yaml.Open("certificate");
            yaml.Text("file", certificate.File);
            yaml.Text("key", certificate.Key);
            if (certificate.PasswordFile is { } password) yaml.Line("password", $"{{ file: {YamlText.Quoted(password)} }}");
            yaml.Close();
        }

        if (pages.TokenFile is { } file)
        {
            yaml.Open(Token);
            yaml.Text("file", file);
            yaml.Close();
        }

        if (pages.Headers is { } headers)
        {
            yaml.Open(Header);
            yaml.Text("user", headers.User);
            yaml.Text("groups", headers.Groups);
            yaml.Line("from", YamlText.List(headers.From));
            yaml.Close();
        }

        yaml.Close();
    }
}
