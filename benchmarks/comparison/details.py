"""What only the stack is asked: other images, answers that are drawn, timetables, overload."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.comparison.contenders import Contender, running
from benchmarks.comparison.load import Measured, send_by_timetable, send_in_turn
from benchmarks.comparison.sample_images import USUAL
from tests.support.waiting import free_port

SHARES = (0.5, 0.7, 0.9)
OVERLOAD = 4.0


@dataclass(frozen=True)
class Details:
    """What was measured.

    Args:
        by_image: one client, by the image's name.
        drawn: one client, the answer an annotated JPEG.
        by_share: timetables, by their share of the highest rate.
        overload: a timetable of `OVERLOAD` times the highest rate.
    """

    by_image: Mapping[str, Measured]
    drawn: Measured
    by_share: Mapping[float, Measured]
    overload: Measured


def measure_details(
    json_answers: Contender,
    drawn_answers: Contender,
    images: Mapping[str, Path],
    highest_per_s: float,
    seconds: float,
    folder: Path,
    say: Callable[[str], None],
) -> Details:
    """One start of the stack, everything asked of it in turn.

    Args:
        json_answers: the stack, asked for JSON.
        drawn_answers: the same, asked for an annotated image.
        images: files by name.
        highest_per_s: the rate that was reached by clients that wait for their answers.
        seconds: of each load.
        folder: for logs.
        say: called with each line of progress.
    """
    port = free_port()
    usual = json_answers.request(port, images[USUAL], folder)
    with running(json_answers, port, usual, folder / "details.log"):
        by_image = {}
        for name, file in images.items():
            say(f"images of {name}")
            request = json_answers.request(port, file, folder)
            send_in_turn(request, 1, 1.0)
            by_image[name] = send_in_turn(request, 1, seconds)
        say("annotated images")
        request = drawn_answers.request(port, images[USUAL], folder)
        send_in_turn(request, 1, 1.0)
        drawn = send_in_turn(request, 1, seconds)
        by_share = {}
        for share in SHARES:
            say(f"{share:.0%} of the highest rate, by a timetable")
            by_share[share] = send_by_timetable(usual, highest_per_s * share, seconds * 2)
        say(f"{OVERLOAD:.0f} times the highest rate")
        overload = send_by_timetable(usual, highest_per_s * OVERLOAD, seconds)
    return Details(by_image, drawn, by_share, overload)
