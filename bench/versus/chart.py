"""A picture of medians: a group of bars for each workload, the shorter the better."""
from html import escape

WIDTH, LABEL, BAR, GAP, LEFT = 860, 130, 14, 4, 20


def svg(workloads, units, ours, floors):
    """`workloads`: by name, by engine, the figure. `units`: by workload, what the figure is."""
    y, parts = 40, []
    for name, engines in workloads.items():
        most = max(engines.values())
        parts.append(f'<text class="name" x="{LEFT}" y="{y}">{escape(name)}: {escape(units[name])}</text>')
        y += 10
        for engine, value in sorted(engines.items(), key=lambda each: each[1]):
            length = max(1, value / most * (WIDTH - LABEL - 2 * LEFT - 90))
            kind = "ours" if engine in ours else "floor" if engine in floors else "peer"
            shown = f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
            parts.append(f'<text x="{LEFT + LABEL - 8}" y="{y + BAR - 3}" text-anchor="end">{escape(engine)}</text>'
                         f'<rect class="{kind}" x="{LEFT + LABEL}" y="{y}" width="{length:.1f}" height="{BAR}"/>'
                         f'<text x="{LEFT + LABEL + length + 6:.1f}" y="{y + BAR - 3}">{shown}</text>')
            y += BAR + GAP
        y += 34
    style = ("text{font:12px sans-serif;fill:#24292f}.name{font-weight:bold;font-size:13px}.ours{fill:#1a7f37}.peer{fill:#8c959f}"
             ".floor{fill:#d0d7de}.back{fill:#fff}@media(prefers-color-scheme:dark){text{fill:#e6edf3}.back{fill:#0d1117}"
             ".ours{fill:#3fb950}.peer{fill:#6e7681}.floor{fill:#30363d}}")
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y}" width="{WIDTH}" height="{y}" role="img" '
            f'aria-label="medians of each workload, the shorter the better"><style>{style}</style>'
            f'<rect class="back" width="{WIDTH}" height="{y}"/>{"".join(parts)}</svg>\n')
