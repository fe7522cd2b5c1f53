import pytest

from webapp.errors import DomainError
from webapp.projects.case_details import MOST_TAGS, CaseChange, change_case
from webapp.projects.models import Case, Project, Tag
from webapp.projects.services import create_case


@pytest.fixture
def scan(project: Project) -> Case:
    return create_case(project, "Scan 1")


def test_what_is_not_said_stays(scan: Case) -> None:
    change_case(scan, CaseChange(priority=3, tags=("urgent",), metadata={"site": "Bern"}))
    change_case(scan, CaseChange(name=" Scan  one "))
    scan.refresh_from_db()
    assert (scan.name, scan.priority, scan.metadata) == ("Scan one", 3, {"site": "Bern"})
    assert [tag.name for tag in scan.tags.all()] == ["urgent"]


def test_a_tag_is_one_whatever_its_case_and_goes_with_its_last_case(scan: Case, project: Project) -> None:
    other = create_case(project, "Scan 2")
    change_case(scan, CaseChange(tags=("Urgent", "urgent", "child")))
    change_case(other, CaseChange(tags=("URGENT",)))
    assert sorted(Tag.objects.values_list("name", flat=True)) == ["child", "urgent"]
    change_case(scan, CaseChange(tags=()))
    assert list(Tag.objects.values_list("name", flat=True)) == ["urgent"]


def test_an_empty_column_is_none(scan: Case) -> None:
    change_case(scan, CaseChange(metadata={" age  group": "child", "site": " "}))
    assert scan.metadata == {"age group": "child"}


@pytest.mark.parametrize(
    "change",
    [
        CaseChange(priority=1001),
        CaseChange(tags=("",)),
        CaseChange(tags=tuple(f"tag {number}" for number in range(MOST_TAGS + 1))),
        CaseChange(metadata={"site": "a\x00b"}),
        CaseChange(metadata={"": "a"}),
        CaseChange(name="Other", priority=-1001),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_changes(scan: Case, change: CaseChange) -> None:
    with pytest.raises(DomainError):
        change_case(scan, change)
    scan.refresh_from_db()
    assert (scan.name, scan.priority, scan.metadata, scan.tags.count()) == ("Scan 1", 0, {}, 0)
