"""Bars, as SVG; readable on a light and on a dark page."""

from collections.abc import Sequence
from html import escape

from benchmarks.section import Bars

WIDTH, ROW, LEFT, GAP, FIGURES = 760, 22, 210, 30, 110
OURS, THEIRS, TEXT = "#0b7285", "#adb5bd", "#868e96"


def picture(groups: Sequence[Bars]) -> str:
    parts: list[str] = []
    y = GAP
    for group in groups:
        parts.append(f'<text x="0" y="{y}" font-weight="bold">{escape(group.title)}</text>')
        most = max(value for _, value in group.values)
        for number, (name, value) in enumerate(group.values):
            top, width = y + 8 + number * ROW, (WIDTH - LEFT - FIGURES) * value / most
            parts.append(f'<text x="0" y="{top + 14}">{escape(name)}</text>')
            place, colour = f'x="{LEFT}" y="{top}"', THEIRS if number else OURS
            parts.append(f'<rect {place} width="{width:.0f}" height="{ROW - 5}" fill="{colour}"/>')
            parts.append(f'<text x="{LEFT + width + 6:.0f}" y="{top + 14}">{value:,.0f}{escape(group.unit)}</text>')
        y += 8 + len(group.values) * ROW + GAP
    height = y - GAP + 8
    size = f'width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}"'
    style = f'font-family="sans-serif" font-size="13" fill="{TEXT}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} {style}>{"".join(parts)}</svg>\n'
