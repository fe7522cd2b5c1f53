import platform
import subprocess
import sys

SCRIPT = """
import resource, torch
from segmentation_engine.training.allocation import keep_freed_memory
{tell}
for _ in range(3):
    torch.ones(16, 1024, 1024)
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(10):
    torch.ones(16, 1024, 1024)
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def page_faults(tell: str) -> int:
    """Of ten tensors of 64 MiB that are made and freed one after the other."""
    done = subprocess.run([sys.executable, "-c", SCRIPT.format(tell=tell)], capture_output=True, text=True, check=True)
    return int(done.stdout)


def test_memory_that_is_freed_and_asked_for_again_is_not_cleared_by_the_system_again() -> None:
    assert platform.libc_ver()[0] == "glibc"
    assert page_faults("assert keep_freed_memory()") * 20 < page_faults("")
