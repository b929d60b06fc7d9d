"""`benchmarks/results.md`, its plot, and the ratios that `make bench-quick` holds against."""

import json
from collections.abc import Mapping
from pathlib import Path

from benchmarks.comparison.contenders import OURS
from benchmarks.comparison.details import OVERLOAD, Details
from benchmarks.comparison.measuring import LIMIT, Row, ratio, to_limit

# What the guard holds: a share of the limit that was lost, above which it says so.
TOLERANCE = 0.15


def markdown(
    rows: Mapping[str, Row], details: Details, machine: str, command: str, photo: str, plot: str
) -> str:
    """The page.

    Args:
        rows: by name, with the limit's and the stack's.
        details: of the stack.
        machine: what was measured on.
        command: that was run.
        photo: what the images were scaled from.
        plot: its file.
    """
    clients = sorted(rows[LIMIT].by_clients)
    lines = [
        "# Predictions a second",
        "",
        f"{machine}. `{command}`; medians of {len(rows[LIMIT].by_clients[clients[0]])} rounds in "
        f"turns, in brackets the lowest and highest round; one 640x480 JPEG, scaled from {photo}.",
        f"{LIMIT.capitalize()} is Pillow's decoding and scaling, and the network alone, in one "
        "process without a server. Ratios carry over to other machines, rates do not.",
        "",
        f"![Predictions a second by clients]({plot})",
        "",
        f"| | {' | '.join(f'1/s, {_clients(count)}' for count in clients)} | of the limit, "
        f"{_clients(_many(clients))} | Boxwright to it | p50 ms, 1 client | ready s | memory MB |",
        "|---" * (len(clients) + 6) + "|",
    ]
    lines += [_line(rows, name, clients) for name in rows]
    lines += ["", "## The stack alone", "", "| asked | p50 ms, 1 client | p99 ms | 1/s |",
              "|---|---|---|---|"]  # fmt: skip
    single = {**{f"{name}, JSON": each for name, each in details.by_image.items()},
              "640x480.jpg, annotated JPEG": details.drawn}  # fmt: skip
    lines += [
        f"| {name} | {each.p50_ms:.1f} | {each.p99_ms:.1f} | {each.per_s:.1f} |"
        for name, each in single.items()
    ]
    lines += ["", "| open loop | answered 1/s | p50 ms | p99 ms | refused | lost |",
              "|---|---|---|---|---|---|"]  # fmt: skip
    timed = {**{f"{share:.0%} of the highest rate": each
                for share, each in details.by_share.items()},
             f"{OVERLOAD:.0f} times the highest rate": details.overload}  # fmt: skip
    lines += [
        f"| {name} | {each.per_s:.1f} | {each.p50_ms:.1f} | {each.p99_ms:.1f} | {each.bad} "
        f"| {each.lost} |"
        for name, each in timed.items()
    ]
    return "\n".join(lines) + "\n"


def _clients(count: int) -> str:
    return "1 client" if count == 1 else f"{count} clients"


def _many(clients: list[int]) -> int:
    return 16 if 16 in clients else clients[-1]


def _line(rows: Mapping[str, Row], name: str, clients: list[int]) -> str:
    row, many = rows[name], _many(clients)
    rates = []
    for count in clients:
        rounds = sorted(each.per_s for each in row.by_clients[count])
        rates.append(f"{row.per_s(count):.0f} ({rounds[0]:.0f}-{rounds[-1]:.0f})")
    share = f"{to_limit(rows, name, many):.0%}"
    ahead = f"{ratio(rows[OURS].by_clients[many], row.by_clients[many]):.2f}"
    ready = f"{sorted(row.ready_s)[len(row.ready_s) // 2]:.1f}" if row.ready_s else ""
    memory = f"{sorted(row.memory_mb)[len(row.memory_mb) // 2]:.0f}" if row.memory_mb else ""
    return (
        f"| {name} | {' | '.join(rates)} | {share} | {ahead} "
        f"| {row.p50_ms(clients[0]):.1f} | {ready} | {memory} |"
    )


def draw(rows: Mapping[str, Row], file: Path) -> None:
    """Rates by clients, a line a row."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 5), layout="constrained")
    axes = figure.subplots()
    for name, row in rows.items():
        clients = sorted(row.by_clients)
        style = "--" if name == LIMIT else "-"
        axes.plot(
            clients, [row.per_s(each) for each in clients], style, marker="o", label=name,
            linewidth=3 if name == OURS else 1.5,
        )  # fmt: skip
    axes.set_xscale("log", base=2)
    axes.set_xticks(clients, [f"{each}" for each in clients])
    axes.set_xlabel("clients that wait for their answers")
    axes.set_ylabel("predictions a second")
    axes.set_ylim(bottom=0)
    axes.grid(alpha=0.3)
    axes.legend(fontsize=8)
    figure.savefig(file, metadata={"Date": None})


def ratios(rows: Mapping[str, Row], clients: tuple[int, ...] = (1, 16)) -> dict[str, float]:
    """The stack's share of the limit, by clients."""
    return {f"{OURS}, {_clients(count)}": to_limit(rows, OURS, count) for count in clients}


def slower(now: Mapping[str, float], file: Path) -> list[str]:
    """What takes a smaller share of the limit than the committed figures, a line each.

    Args:
        now: shares by their names.
        file: the committed ones.

    Raises:
        KeyError: a committed figure was not measured.
    """
    before: dict[str, float] = json.loads(file.read_text(encoding="utf-8"))
    return [
        f"{name}: {now[name]:.0%} of the limit, {before[name]:.0%} before"
        for name in before
        if now[name] < before[name] * (1 - TOLERANCE)
    ]
