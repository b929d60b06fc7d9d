"""How many of our files and functions lie on a way from end to end, counted by going it.

    python -m benchmarks.walks predict      # a warm POST /predict, from a worker's thread to JSON
    python -m benchmarks.walks voc          # a Pascal VOC XML file, from its folder to the loss
    python -m benchmarks.walks predict --list

`predict` starts the embedded model server with the model that ships, and the gateway, a worker
under gunicorn with an API key, a rate limit and all other limits, and asks it for the canary image
over one connection, until all that is known of the model has been settled long enough to be kept;
the last one counts, from when a thread takes the request. `voc` reads a folder of one image, makes
its batch, and computes a detector's losses, the second time.
"""

import json
import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import click
import httpx
from PIL import Image
from rich.console import Console
from rich.table import Table

from benchmarks.calls import REPOSITORY, Call, Calls, Counts
from client_api.inference.known_version import DATES_TELL_S
from tests.support.programs import gateway_with, model_server
from tests.support.waiting import free_port

MODELS = REPOSITORY / "models"
MODEL = "hands-gestures"
KEY = "for-this-run"
# So long after the first answers told something of the model, it is kept.
WARM_AFTER_S = DATES_TELL_S + 1.0
POSTED = Call("client_api/resources/predictions.py", "DefaultPrediction.post")
CLASS = "hand"
# Runs in the gateway's process before anything of it.
LAUNCHER = """
import sys, threading
from pathlib import Path
sys.path.insert(0, {repository!r})
from benchmarks.calls import RequestCalls
threading.setprofile(RequestCalls(Path({file!r})).note)
"""
VOC = f"""<annotation>
  <filename>image.jpg</filename>
  <size><width>{{width}}</width><height>{{height}}</height><depth>3</depth></size>
  <object>
    <name>{CLASS}</name>
    <bndbox><xmin>10</xmin><ymin>20</ymin><xmax>90</xmax><ymax>110</ymax></bndbox>
  </object>
</annotation>
"""


def prediction_calls(folder: Path) -> list[Call]:
    """What a warm `POST /predict` passes in the gateway; logs are left in `folder`."""
    serving_port, port, file = free_port(), free_port(), folder / "calls.json"
    server = model_server(folder / "server.log", models_dir=MODELS, model=MODEL, port=serving_port)
    front = gateway_with(
        {
            "PORT": f"{port}",
            "SERVING_ADDRESS": f"127.0.0.1:{serving_port}",
            "MODEL_NAME": MODEL,
            "MODELS_DIR": f"{MODELS}",
            "API_KEY": KEY,
            "RATE_LIMIT_PER_MINUTE": "1000",
        },
        folder / "gateway.log",
        LAUNCHER.format(repository=f"{REPOSITORY}", file=f"{file}"),
    )
    url = f"http://127.0.0.1:{port}"
    headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "image/jpeg"}
    with server, front, httpx.Client(trust_env=False, timeout=60) as client:
        front.wait_for(f"{url}/readyz")
        warm_at_s = time.monotonic() + WARM_AFTER_S
        while time.monotonic() < warm_at_s:
            answer = client.post(f"{url}/predict", content=canary().read_bytes(), headers=headers)
            answer.raise_for_status()
    lines = file.read_text().splitlines()
    requests = [[Call(*each) for each in json.loads(line)] for line in lines]
    *_, warm = (calls for calls in requests if POSTED in calls)
    return warm


def voc_calls(folder: Path) -> list[Call]:
    """What an image and its VOC XML pass up to the loss; they are written to `folder`."""
    import tensorflow as tf

    from training.datasets.formats.registry import read_dataset
    from training.input_pipeline.batches import TrainingBatches, TrainingSource
    from training.models.registry import build_model

    with Image.open(canary()) as image:
        width, height = image.size
    shutil.copy(canary(), folder / "image.jpg")
    (folder / "image.xml").write_text(VOC.format(width=width, height=height))
    detector = build_model("ssdlite_mobilenet_v3_small", class_count=1)

    def go() -> None:
        source = TrainingSource(read_dataset(folder))
        batches = TrainingBatches([source], [CLASS], detector.input_size_hw, batch_size=1)
        detector.losses(next(iter(batches.dataset())))

    # The first time modules are imported and tables made.
    go()
    calls, as_before = Calls(), tf.numpy_function
    # Images are decoded in TensorFlow's threads.
    tf.numpy_function = lambda function, *rest, **named: as_before(
        calls.watching(function), *rest, **named
    )
    try:
        with calls.watched():
            go()
    finally:
        tf.numpy_function = as_before
    return calls.noted


def canary() -> Path:
    """The image that ships with the model."""
    [image] = (MODELS / MODEL / "1" / "canary").glob("*.jpg")
    return image


# name -> (what goes it, the part of the tree whose files are its own).
WALKS: dict[str, tuple[Callable[[Path], list[Call]], str]] = {
    "predict": (prediction_calls, "client_api/"),
    "voc": (voc_calls, "training/"),
}


def table(name: str, calls: Sequence[Call], part: str) -> Table:
    """The counts of a walk."""
    made = Table("", "files", "functions", "changes of file", title=name)
    for row, below in ((part, part), ("all of ours", "")):
        made.add_row(row, *map(str, Counts.of(calls, below)))
    return made


@click.command(help=__doc__.partition("\n")[0])
@click.argument("name", type=click.Choice([*WALKS]), metavar="|".join(WALKS))
@click.option("--list", "lists", is_flag=True, help="Say the files and functions too, in order.")
def main(name: str, lists: bool) -> None:
    """Go one walk, and say what was passed."""
    console = Console()
    walk, part = WALKS[name]
    with tempfile.TemporaryDirectory() as folder:
        calls = walk(Path(folder))
    if lists:
        for file in dict.fromkeys(call.file for call in calls):
            functions = dict.fromkeys(each.function for each in calls if each.file == file)
            console.print(f"{file}: {', '.join(functions)}", highlight=False, soft_wrap=True)
    console.print(table(name, calls, part))


if __name__ == "__main__":
    main()
