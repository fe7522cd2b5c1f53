"""The whole stack and a real browser, started once for the module that uses them."""

from collections.abc import Generator, Iterator

import pytest
from playwright.sync_api import Browser

from tests.running_stack import PASSWORD, RunningStack, free_port
from tests.workspace_driver import Person, chromium


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    with RunningStack(tmp_path_factory.mktemp("browser") / "data", free_port()) as stack:
        yield stack


@pytest.fixture(scope="module")
def browser(running: RunningStack) -> Iterator[Browser]:
    # Not for the whole session: Playwright's own event loop would be in the way of asynchronous tests.
    with chromium() as started:
        yield started


@pytest.fixture
def demo(browser: Browser, running: RunningStack) -> Iterator[Person]:
    person = Person(browser, running.address, "demo", PASSWORD)
    yield person
    person.context.close()


@pytest.fixture
def colleague(browser: Browser, running: RunningStack) -> Iterator[Person]:
    person = Person(browser, running.address, "colleague", PASSWORD)
    yield person
    person.context.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A failed test shows what the processes logged."""
    report = yield
    running = getattr(item, "funcargs", {}).get("running")
    if report.failed and running is not None:
        report.sections.append(("Logs of the processes", "".join(running.output) + running.logs()))
    return report
