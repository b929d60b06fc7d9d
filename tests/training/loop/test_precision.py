from pathlib import Path

import pytest

from training.loop.precision import cpu_flags, slow_precision


@pytest.mark.parametrize(
    ("name", "flags", "is_slow"),
    [
        ("mixed_bfloat16", "avx2 avx512_bf16", True),
        ("mixed_bfloat16", "avx512_bf16 amx_bf16", False),
        ("mixed_float16", "avx2 amx_bf16", True),
        ("float32", "avx2", False),
    ],
)
def test_sixteen_bits_are_warned_of_where_no_instructions_are_for_them(
    tmp_path: Path, name: str, flags: str, is_slow: bool
) -> None:
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text(f"model name\t: a processor\nflags\t\t: fpu {flags}\nbugs\t\t: none\n")
    said = slow_precision(name, cpu_flags(cpuinfo))
    assert (said is not None) is is_slow
    assert not is_slow or f"{name} saves no time here" in str(said)


def test_of_a_processor_that_nobody_knows_nothing_is_said(tmp_path: Path) -> None:
    assert slow_precision("mixed_bfloat16", cpu_flags(tmp_path / "nothing")) is None
    assert slow_precision("mixed_bfloat16", None) is None
