"""Rows as a Markdown table, as JSON, and as a plot in SVG."""
import html
import math
import statistics

TOOLS = ("godwit", "goose", "golang-migrate", "dbmate", "Alembic", "Flyway", "client", "probe")
COLOURS = {"godwit": "#1f6f8b", "goose": "#c08a2d", "golang-migrate": "#a04a4a", "dbmate": "#6b8e4e", "Alembic": "#7a5c99", "Flyway": "#4a4a4a",
           "client": "#9aa5ab", "probe": "#c9d3d8"}


median = statistics.median


def seconds(value):
    return f"{value:.2f} s" if value >= 1 else f"{value * 1000:.1f} ms" if value < 0.1 else f"{value * 1000:.0f} ms"


def cell(samples, ours):
    if not samples:
        return ""
    text = f"{seconds(median(samples))} ({seconds(min(samples))}–{seconds(max(samples))})"
    if processor := median([getattr(sample, "processor", 0.0) for sample in samples]):
        text += f", CPU {seconds(processor)}"
    return text if ours is None else f"{text}, {median(samples) / ours:.1f} ×"


def judge(row):
    """Each demand of the budget with what came out, and whether it is met: "met", "missed", or "not measured"."""
    ours, verdicts = row.samples.get("godwit"), []
    for what, limit in row.budget:
        if not ours or (what == "MB" and not row.kilobytes) or (what not in ("ms", "MB") and what not in row.samples):
            verdicts.append((f"{what}: not measured", None))
        elif what == "ms":
            verdicts.append((f"≤ {limit} ms: {median(ours) * 1000:.1f}", median(ours) * 1000 <= limit))
        elif what == "MB":
            verdicts.append((f"≤ {limit} MB: {row.kilobytes / 1024:.1f}", row.kilobytes / 1024 <= limit))
        else:
            ratio = median(row.samples[what]) / median(ours)
            demand = f"≥ {limit:g} × {what}: {ratio:.1f}" if limit >= 1 else f"≤ {1 / limit:.1f} × {what}: {1 / ratio:.2f}"
            verdicts.append((demand, ratio >= limit))
    return verdicts


def verdict_text(row):
    mark = {True: "met", False: "**missed**", None: "–"}
    return "; ".join(f"{text} {mark[met]}" for text, met in judge(row))


def heading():
    return "| work | " + " | ".join(TOOLS) + " | budget |\n|" + "---|" * (len(TOOLS) + 2)


def line(row):
    ours = median(row.samples["godwit"]) if row.samples.get("godwit") else None
    cells = [cell(row.samples.get("godwit"), None)]
    if row.kilobytes:
        cells[0] += f", {row.kilobytes / 1024:.1f} MB"
    cells += [cell(row.samples.get(name), ours) for name in TOOLS[1:]]
    return f"| {row.work} | " + " | ".join(cells) + f" | {verdict_text(row)} |"


def document(rows):
    return [{"work": row.work, "left_out": row.left_out,
             "seconds": row.samples,
             "processor": {name: [getattr(s, "processor", 0.0) for s in samples] for name, samples in row.samples.items()}, "kilobytes": row.kilobytes,
             "budget": [{"text": text, "met": met} for text, met in judge(row)]} for row in rows]


def bars(row):
    return [(name, median(row.samples[name])) for name in TOOLS if row.samples.get(name)]


def plot(rows):
    """One bar for each tool and work; the scale is logarithmic, from 1 ms."""
    shown = [row for row in rows if len(bars(row)) > 2]
    label, width, bar, parts = 250, 560, 13, []
    longest = max((value for row in shown for _, value in bars(row)), default=1)
    decades = max(math.ceil(math.log10(longest / 0.001)), 1)
    at = lambda value: width * max(math.log10(max(value, 0.001) / 0.001), 0.02) / decades  # noqa: E731
    y = 24
    for row in shown:
        parts.append(f'<text x="0" y="{y + 10}" class="w">{html.escape(row.work.replace("`", ""))}</text>')
        y += 16
        for name, value in bars(row):
            parts.append(f'<text x="{label - 6}" y="{y + 10}" text-anchor="end">{name}</text>'
                         f'<rect x="{label}" y="{y + 1}" width="{at(value):.1f}" height="{bar - 2}" fill="{COLOURS[name]}"/>'
                         f'<text x="{label + at(value) + 5:.1f}" y="{y + 10}">{seconds(value)}</text>')
            y += bar
        y += 10
    grid = "".join(f'<line x1="{label + width * d / decades:.1f}" x2="{label + width * d / decades:.1f}" y1="18" y2="{y}" stroke="#ddd"/>'
                   f'<text x="{label + width * d / decades:.1f}" y="12" text-anchor="middle">{seconds(0.001 * 10 ** d)}</text>' for d in range(decades + 1))
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{label + width + 90}" height="{y + 4}" font-family="sans-serif" font-size="10">\n'
            f'<style>.w{{font-weight:bold}}</style>\n<rect width="100%" height="100%" fill="#fff"/>\n{grid}\n' + "\n".join(parts) + "\n</svg>\n")
