"""The numbers of a project, worked out by hand; with how many queries; and who may see them."""

from __future__ import annotations

import csv
import datetime
import io

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.webapp.annotation.world import World, make_volume, make_world, store_run, two_balls
from webapp.accounts.models import User
from webapp.annotation import services as drawing
from webapp.annotation.models import Annotation, AnnotationState, EditKind
from webapp.insight import services
from webapp.insight.activity import Moment, activity_of
from webapp.insight.dashboard import dashboard_of
from webapp.insight.models import Measurement, MeasurementKind, MeasurementState
from webapp.insight.progress import Day, days_of, forecast
from webapp.insight.tables import TABLES, as_csv
from webapp.projects.models import Case
from webapp.projects.permissions import Role
from webapp.projects.services import set_member
from webapp.review import services as review
from webapp.review.models import Decision
from webapp.review.transitions import Step

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("redis_server")]
MONDAY = datetime.datetime(2026, 5, 4, 9, 0, tzinfo=datetime.UTC)


def after(minutes: float) -> datetime.datetime:
    return MONDAY + datetime.timedelta(minutes=minutes)


@pytest.fixture
def world(clean_media: None) -> World:
    """Ben asked for label 1 on slices 3 and 4, Ada mended slice 4 by hand; Ben handed it in, Ada approved."""
    made = make_world()
    drawing.add_prompt(made.ben, made.annotation.pk, made.point(3, 10, 11))
    store_run(made.annotation, {3: 1, 4: 1})
    drawing.add_prompt(made.ada, made.annotation.pk, made.point(4, 10, 11, label=2))
    store_run(made.annotation, {4: 2, 5: 2})
    review.decide(made.ben, made.annotation.pk, Step.SUBMIT)
    review.decide(made.ada, made.annotation.pk, Step.APPROVE)
    return made


def test_time_is_that_between_edits_without_pauses_and_goes_to_the_label_of_the_later_one() -> None:
    point = EditKind.POINT
    total = activity_of(
        [
            Moment(1, 7, point, 1, after(0)),
            Moment(1, 7, point, 2, after(2)),
            Moment(2, 7, point, 1, after(3)),  # another case: a minute of the person's, none of that case's yet
            Moment(1, 7, EditKind.UNDO, None, after(4)),
            Moment(1, 7, point, 2, after(10)),  # after a pause
            Moment(1, 8, point, 1, after(10.5)),  # somebody else
        ]
    )
    assert total.seconds_of_annotation == {1: 4 * 60, 2: 0}
    assert total.seconds_of_user == {7: 4 * 60, 8: 0}
    assert total.seconds_of_label == {1: 0, 2: 2 * 60}
    assert (total.prompts_of_annotation, total.prompts_of_label) == ({1: 4, 2: 1}, {1: 3, 2: 2})


def decided(annotation: int, state: AnnotationState, day: int) -> Decision:
    return Decision(annotation_id=annotation, after=state, created=MONDAY + datetime.timedelta(days=day))


def test_days_count_what_stood_where_as_each_of_them_ended() -> None:
    submitted, approved, back = AnnotationState.SUBMITTED, AnnotationState.APPROVED, AnnotationState.CHANGES_ASKED
    decisions = [decided(1, submitted, 0), decided(2, submitted, 0), decided(1, approved, 2), decided(2, back, 2)]
    date = MONDAY.date()
    days = days_of(decisions, date + datetime.timedelta(days=3))
    assert [(day.handed_in, day.approved) for day in days] == [(0, 0), (2, 0), (2, 0), (1, 1), (1, 1)]
    assert days[1].date == date


def test_the_forecast_goes_on_at_the_pace_of_the_last_two_weeks() -> None:
    first, today = datetime.date(2026, 5, 1), datetime.date(2026, 5, 29)
    days = [Day(first + datetime.timedelta(days=n), n, 20 + max(0, n - 14)) for n in range(29)]
    assert forecast(days, 44, today) == datetime.date(2026, 6, 8)  # 34 approved, one a day, 10 are left
    assert forecast(days, 34, today) is None
    assert forecast(days[:1], 44, today) is None
    assert forecast([Day(day.date, 9, 5) for day in days], 44, today) is None


def test_the_models_first_answer_is_measured_against_what_was_approved(world: World) -> None:
    assert services.ask_for_what_is_missing() == 1
    for measurement in Measurement.objects.all():
        services.measure(measurement.pk)
    first = Measurement.objects.get(kind=MeasurementKind.FIRST_ANSWER)
    # Label 1 was first on two slices with 9 voxels each, of which one is left; label 2 came as it was approved.
    assert first.result["labels"]["1"] == {"dice": pytest.approx(2 * 9 / 27), "first": 18, "second": 9, "shared": 9}
    assert first.result["labels"]["2"]["dice"] == 1.0
    rounds = Measurement.objects.get(kind=MeasurementKind.ROUNDS)
    assert {value: numbers["dice"] for value, numbers in rounds.result["labels"].items()} == {"1": 1.0, "2": 1.0}
    assert services.ask_for_what_is_missing() == 0


def test_a_measurement_that_fails_is_tried_again_and_given_up_in_the_end(world: World) -> None:
    services.ask_for_what_is_missing()
    measurement = Measurement.objects.get(kind=MeasurementKind.ROUNDS)
    world.case.volumes.all().delete()
    services.measure(measurement.pk)
    measurement.refresh_from_db()
    assert measurement.state == MeasurementState.WAITING
    Measurement.objects.filter(pk=measurement.pk).update(attempts=services.MOST_ATTEMPTS)
    services.measure(measurement.pk)
    measurement.refresh_from_db()
    assert measurement.state == MeasurementState.FAILED


def test_the_dashboard_counts_people_labels_and_who_waits(world: World) -> None:
    other = Case.objects.create(project=world.project, name="Second")
    make_volume(other, two_balls((12, 48, 40)))
    review.decide(world.ben, drawing.annotation_of(other).pk, Step.SUBMIT)
    services.ask_for_what_is_missing()
    for measurement in Measurement.objects.all():
        services.measure(measurement.pk)
    known = dashboard_of(world.project)
    assert known.states == {"new": 0, "in progress": 0, "submitted": 1, "changes asked": 0, "approved": 1}
    ben = next(row for row in known.people if row.name == world.ben.name)
    assert (ben.submitted, ben.approved, ben.returned, ben.reviewed, ben.edits) == (2, 1, 0, 0, 1)
    liver = next(row for row in known.labels if row.label.value == 1)
    assert (liver.cases, liver.prompts_a_case, liver.measured) == (1, 1.0, 1)
    assert liver.dice == pytest.approx(2 / 3)
    assert [(row.waits, row.for_whom, row.cases) for row in known.waiting] == [(world.ben.name, "a reviewer", 1)]
    review.decide(world.ada, drawing.annotation_of(other).pk, Step.ASK, "Once more")
    assert [(row.waits, row.for_whom) for row in dashboard_of(world.project).waiting] == [
        (world.ada.name, world.ben.name)
    ]


def test_a_dashboard_of_many_cases_takes_as_many_queries_as_one_of_few(world: World) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            dashboard_of(world.project)
        return len(seen)

    few = queries()
    for n in range(20):
        case = Case.objects.create(project=world.project, name=f"Case {n}")
        annotation = Annotation.objects.create(case=case, axis=0, assignee=User.objects.create_user(f"more{n}"))
        Decision.objects.create(
            annotation=annotation, user=annotation.assignee, step=Step.SUBMIT, before="new", after="submitted",
            revision=0,
        )  # fmt: skip
    assert queries() == few


def test_reviewers_see_the_page_and_every_table_annotators_do_not(world: World, client: Client) -> None:
    rita = User.objects.create_user("rita")
    set_member(world.project, rita, Role.REVIEWER)
    address = f"/projects/{world.project.pk}/progress"
    client.force_login(rita)
    assert "Over time" in client.get(f"{address}/").content.decode()
    for name in TABLES:
        rows = list(csv.reader(io.StringIO(client.get(f"{address}.csv?table={name}").content.decode())))
        assert len({len(row) for row in rows}) == 1, name
    assert client.get(f"{address}.csv?table=secrets").status_code == 404
    for person, status in ((world.ben, 403), (world.eve, 403), (world.mallory, 404)):
        client.force_login(person)
        assert client.get(f"{address}/").status_code == client.get(f"{address}.csv").status_code == status


def test_a_name_that_looks_like_a_formula_stays_text() -> None:
    assert as_csv([("=1+1", 3), ("-", None)]) == "'=1+1,3\r\n'-,\r\n"
