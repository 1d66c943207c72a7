namespace DriftStream.Host.Compare;

/// <summary>What a report looks like, on a screen by day and by night, and on paper. The colours of a pair differ in lightness too.</summary>
internal static class ReportStyle
{
    // Without '<', '>' and '&', so that it reads the same as HTML and as XML.
    public const string Css = """

        :root { --paper: #fff; --ink: #1b1f24; --faint: #5c6670; --line: #d7dce1; --reference: #9fb6cf; --window: #1f4f8f;
          --drifting: #a3161b; --insufficient: #7a5200; --steady: #1d6b37; --unjudged: #5c6670; }
        @media (prefers-color-scheme: dark) { :root { --paper: #14181d; --ink: #e8ebee; --faint: #9aa5b0; --line: #343c45; --reference: #56708c;
          --window: #b9d6f7; --drifting: #ff8a86; --insufficient: #f0c060; --steady: #7fd49a; --unjudged: #9aa5b0; } }
        @media print { :root { --paper: #fff; --ink: #000; --faint: #444; --line: #bbb; --reference: #b0b9c4; --window: #1f4f8f;
          --drifting: #a3161b; --insufficient: #7a5200; --steady: #1d6b37; --unjudged: #444; }
          body { font-size: 10pt; max-width: none; margin: 0; } h2, .legend { break-after: avoid; } svg, tr { break-inside: avoid; }
          .wide { overflow: visible; } * { print-color-adjust: exact; -webkit-print-color-adjust: exact; } }
        body { font: 15px/1.45 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
        h1 { font-size: 1.6rem; margin: 0 0 .3rem; } h2 { font-size: 1.15rem; margin: 2.2rem 0 .4rem; overflow-wrap: anywhere; }
        p { margin: .4rem 0; overflow-wrap: anywhere; } .verdict { font-size: 1.1rem; } .note { color: var(--faint); font-size: .85rem; }
        dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem; margin: 1rem 0; }
        dt { color: var(--faint); } dd { margin: 0; overflow-wrap: anywhere; }
        .wide { overflow-x: auto; } table { border-collapse: collapse; width: 100%; margin: .8rem 0; font-size: .9rem; }
        caption { text-align: left; color: var(--faint); padding-bottom: .3rem; } thead { display: table-header-group; }
        th, td { text-align: left; vertical-align: top; padding: .25rem .7rem .25rem 0; border-bottom: 1px solid var(--line); }
        tbody th { font-weight: 600; overflow-wrap: anywhere; } .number { white-space: nowrap; font-variant-numeric: tabular-nums; } a { color: inherit; }
        .badge { font-size: .8rem; font-weight: 600; border: 1px solid; border-radius: .3rem; padding: 0 .4rem; white-space: nowrap; }
        .badge.drifting { color: var(--paper); background: var(--drifting); border-color: var(--drifting); } .badge.steady { color: var(--steady); }
        .badge.insufficient { color: var(--insufficient); } .badge.unjudged { color: var(--unjudged); }
        .legend { font-size: .85rem; } .key { display: inline-block; width: .8rem; height: .8rem; margin: 0 .35rem 0 0; vertical-align: -1px; }
        .key.window { margin-left: 1.2rem; } .key.reference { background: var(--reference); } .key.window { background: var(--window); }
        svg { display: block; width: 100%; max-width: 46rem; height: auto; margin: .5rem 0; } svg text { font: 12px system-ui, sans-serif; fill: var(--ink); }
        svg .label, svg .end { text-anchor: end; } svg .figure { font-size: 11px; fill: var(--faint); } svg .reference { fill: var(--reference); }
        svg .window { fill: var(--window); } svg .rule { stroke: var(--line); } svg .course { stroke: var(--faint); stroke-width: 1.2; }
        svg .interval { stroke: var(--window); stroke-width: 2.5; } svg .drifting { fill: var(--drifting); } svg .steady { fill: var(--steady); }
        svg .hollow { fill: var(--paper); stroke: var(--insufficient); stroke-width: 1.5; }

        """;
}
