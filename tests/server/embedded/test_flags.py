import pytest

from server.embedded.flags import FlagError, Flags, parse_flags, usage, without_effect


def test_flags_left_out_are_tensorflow_serving_s() -> None:
    flags, unknown = parse_flags([])
    assert unknown == []
    assert (flags.port, flags.rest_api_port, flags.model_name) == (8500, 0, "default")
    assert (flags.file_system_poll_wait_seconds, flags.max_num_load_retries) == (1, 5)
    assert (flags.load_retry_interval_micros, flags.rest_api_timeout_in_ms) == (60_000_000, 30_000)
    assert (flags.enable_model_warmup, flags.enable_batching) == (True, False)


@pytest.mark.parametrize(
    ("argument", "name", "value"),
    [
        ("--port=1", "port", 1),
        ("--file_system_poll_wait_seconds=-1", "file_system_poll_wait_seconds", -1),
        ("--enable_batching", "enable_batching", True),
        ("--enable_batching=true", "enable_batching", True),
        ("--enable_batching=1", "enable_batching", True),
        ("--enable_model_warmup=false", "enable_model_warmup", False),
        ("--model_base_path=/a=b", "model_base_path", "/a=b"),
        ("--model_name=", "model_name", ""),
        ("--drain_seconds=0.5", "drain_seconds", 0.5),
        ("--drain_seconds=3", "drain_seconds", 3.0),
        ("--per_process_gpu_memory_fraction=1e-1", "per_process_gpu_memory_fraction", 0.1),
    ],
)
def test_a_flag_takes_its_value_after_an_equals_sign(
    argument: str, name: str, value: object
) -> None:
    flags, unknown = parse_flags([argument])
    assert getattr(flags, name) == value
    assert unknown == []


def test_the_last_of_a_repeated_flag_counts() -> None:
    assert parse_flags(["--port=1", "--port=2"])[0].port == 2


@pytest.mark.parametrize(
    "argument",
    ["--port=", "--port=x", "--port=1.5", "--enable_batching=maybe", "--drain_seconds=x"],
)
def test_a_value_of_another_kind_is_refused(argument: str) -> None:
    with pytest.raises(FlagError, match="Couldn't interpret value"):
        parse_flags([argument])


@pytest.mark.parametrize("argument", ["--what=1", "-port=1", "port", "--port", "--PORT=1"])
def test_what_is_no_flag_is_handed_back(argument: str) -> None:
    assert parse_flags([argument]) == (Flags(), [argument])


def test_flags_without_effect_are_named_where_they_are_set() -> None:
    flags, _ = parse_flags(["--prefer_tflite_model", "--port=1", "--num_tflite_pools=1"])
    assert without_effect(flags) == ["prefer_tflite_model"]


def test_the_usage_names_every_flag() -> None:
    text = usage("program")
    assert all(f"--{name}=" in text for name in vars(Flags()))


def test_the_usage_s_example_is_a_call_with_flags_that_there_are() -> None:
    *_, example = usage("program").splitlines()
    start, _, words = example.partition(" --")
    assert start == "Example: boxwright serve"
    flags, unknown = parse_flags(f"--{words}".split())
    assert unknown == []
    assert flags != Flags()
