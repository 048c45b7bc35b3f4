"""A table and a picture of what was measured."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.contenders import MERCURIUS, Contender
from benchmarks.load import Measured
from benchmarks.workloads import Workload

WIDTH, ROW, LEFT, GAP = 760, 22, 190, 30
COLOURS = ("#0b7285", "#adb5bd")
Results = Mapping[tuple[str, str], Measured]


def write_report(
    folder: Path, contenders: Sequence[Contender], workloads: Sequence[Workload], results: Results, machine: str
) -> None:
    (folder / "results.md").write_text(_table(contenders, workloads, results, machine))
    (folder / "results.svg").write_text(_picture(contenders, workloads, results))


def _table(contenders: Sequence[Contender], workloads: Sequence[Workload], results: Results, machine: str) -> str:
    lines = ["# Queries a second", "", f"{machine}. Medians; one core for the server.", ""]
    for workload in workloads:
        base = results[MERCURIUS.name, workload.name].rate
        lines += [
            f"## {workload.name}: {workload.title}",
            "",
            "| | requests/s | × Mercurius | p50 ms | p99 ms | CPU µs a request |",
            "|---|---:|---:|---:|---:|---:|",
        ]
        for one in contenders:
            found = results[one.name, workload.name]
            lines.append(
                f"| {one.title} | {found.rate:,.0f} | {found.rate / base:.2f} | {found.p50:.1f} | {found.p99:.1f} "
                f"| {found.cpu:,.0f} |"
            )
        lines.append("")
    return "\n".join(lines)


def _picture(contenders: Sequence[Contender], workloads: Sequence[Workload], results: Results) -> str:
    parts: list[str] = []
    y = GAP
    for workload in workloads:
        most = max(results[one.name, workload.name].rate for one in contenders)
        parts.append(f'<text x="0" y="{y}" font-weight="bold">{workload.name}: {workload.title}</text>')
        for number, one in enumerate(contenders):
            rate = results[one.name, workload.name].rate
            top, width = y + 8 + number * ROW, (WIDTH - LEFT - 80) * rate / most
            parts.append(f'<text x="0" y="{top + 14}">{one.title}</text>')
            parts.append(
                f'<rect x="{LEFT}" y="{top}" width="{width:.0f}" height="{ROW - 5}" fill="{COLOURS[number > 0]}"/>'
            )
            parts.append(f'<text x="{LEFT + width + 6:.0f}" y="{top + 14}">{rate:,.0f}/s</text>')
        y += 8 + len(contenders) * ROW + GAP
    size = f'width="{WIDTH}" height="{y - GAP + 8}" viewBox="0 0 {WIDTH} {y - GAP + 8}"'
    opening = f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" font-size="13">'
    return f"{opening}{''.join(parts)}</svg>\n"
