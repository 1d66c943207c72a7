using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace DriftStream.Host.Pages;

/// <summary>Components as HTML. Whatever a string holds, it is text in it: components encode it.</summary>
internal static class PageText
{
    private static readonly ServiceProvider Services = new ServiceCollection().BuildServiceProvider();

    /// <param name="values">Parameters of the component, by name.</param>
    public static async Task<string> Of<TComponent>(params (string Name, object? Value)[] values) where TComponent : IComponent
    {
        await using var renderer = new HtmlRenderer(Services, NullLoggerFactory.Instance);
        return await renderer.Dispatcher.InvokeAsync(async () =>
        {
            ParameterView parameters = ParameterView.FromDictionary(values.ToDictionary(v => v.Name, v => v.Value));
            return (await renderer.RenderComponentAsync<TComponent>(parameters).ConfigureAwait(false)).ToHtmlString();
        }).ConfigureAwait(false);
    }
}
