"""How far readers agree, over a project and about a case; and what is made of their readings."""

from typing import Any, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from webapp.accounts.models import User
from webapp.annotation.models import Annotation
from webapp.annotation.selectors import volume_of
from webapp.annotation.services import annotation_of
from webapp.errors import DomainError
from webapp.export.names import safe_name
from webapp.insight import agreement, charts
from webapp.insight.consensus_services import request_consensus
from webapp.insight.models import ConsensusMethod, Measurement
from webapp.insight.services import ask_for_pairs
from webapp.insight.surfaces import TOLERANCE_MM
from webapp.insight.tables import agreement_rows, as_csv
from webapp.pages.forms import ReadersForm
from webapp.pages.slice_pictures import slice_pictures
from webapp.projects.models import Case
from webapp.projects.permissions import Action, may
from webapp.projects.selectors import case_for, project_for, role_in
from webapp.review import readings

CASES_SHOWN = 50
RANGES_SHOWN = 12


@require_safe
def of_project(request: HttpRequest, project_id: int) -> HttpResponse:
    """By label, between readers and from what was handed in first to what was approved; and the cases in dispute."""
    project = project_for(request.user, project_id, Action.REVIEW)
    between = agreement.between_readers(project)
    shown = {
        "project": project,
        "tolerance_mm": TOLERANCE_MM,
        "between": agreement.by_label(project, between),
        "rounds": agreement.by_label(project, agreement.from_first_to_approved(project)),
        "cases": agreement.by_case(between)[:CASES_SHOWN],
        "may_manage": may(role_in(cast(User, request.user), project), Action.MANAGE),
        "most_readers": readings.MOST_READERS,
    }
    return render(request, "agreement.html", shown)


@require_safe
def agreement_csv(request: HttpRequest, project_id: int) -> HttpResponse:
    """Every comparison of the page, label by label."""
    project = project_for(request.user, project_id, Action.REVIEW)
    text = as_csv(agreement_rows(project))
    file_name = f"{safe_name(project.name, 'project')}_agreement.csv"
    headers = {"Content-Disposition": f'attachment; filename="{file_name}"', "Cache-Control": "no-store"}
    return HttpResponse(text, content_type="text/csv; charset=utf-8", headers=headers)


@require_POST
def set_readers(request: HttpRequest, project_id: int) -> HttpResponse:
    """How many read a case, and whether they are kept apart."""
    project = project_for(request.user, project_id, Action.MANAGE)
    form = ReadersForm(request.POST)
    if form.is_valid():
        readings.set_readers(project, form.cleaned_data["readers"], form.cleaned_data["blinded"])
    else:
        messages.error(request, f"A case has 1 to {readings.MOST_READERS} readers.")
    return redirect("agreement", project_id)


@require_safe
def of_case(request: HttpRequest, case_id: int) -> HttpResponse:
    """The readers of a case, two of them side by side, and the slices for somebody to decide."""
    case = case_for(request.user, case_id, Action.REVIEW)
    found = agreement.readings_of(case)
    pairs = agreement.pairs_of(found)
    ask_for_pairs([case])
    asked = request.GET.get("pair", "0")
    place = min(int(asked), len(pairs) - 1) if asked.isdecimal() and pairs else 0
    pair = pairs[place] if pairs else None
    known = agreement.measurement_of(pair) if pair else None
    shown = {
        "case": case,
        "project": case.project,
        "shared": annotation_of(case),
        "readings": found,
        "pairs": list(enumerate(pairs)),
        "place": place,
        "pair": pair,
        "known": known,
        "tolerance_mm": TOLERANCE_MM,
        "methods": ConsensusMethod.choices,
        "consensuses": case.consensuses.select_related("user").order_by("-id")[:3],
        **(_compared(request, case, pair, known) if pair and known else {}),
    }
    return render(request, "case_agreement.html", shown)


@require_POST
def ask_for_consensus(request: HttpRequest, case_id: int) -> HttpResponse:
    """One mask of all readings, in the annotation that is shared."""
    case = case_for(request.user, case_id, Action.REVIEW)
    method = request.POST.get("method", "")
    try:
        if method not in ConsensusMethod.values:
            raise DomainError("There is no such way to a consensus.")
        request_consensus(cast(User, request.user), case, ConsensusMethod(method))
    except DomainError as problem:
        messages.error(request, problem.sentence)
    return redirect("case_agreement", case_id)


def _compared(
    request: HttpRequest, case: Case, pair: tuple[Annotation, Annotation], known: Measurement
) -> dict[str, Any]:
    """What two readings look like beside each other, and the numbers of a pair."""
    first, second = pair
    labels = {str(label.value): label for label in case.project.labels.all()}
    numbers = known.result["labels"]
    slices, along = known.result["slices"], known.result["along"]
    address = f"/api/annotations/{second.pk}/slices/{{z}}.png?revision={second.revision}"
    names = [reading.reader.name if reading.reader else "" for reading in pair]
    addresses = {
        names[0]: f"/api/annotations/{first.pk}/slices/{{z}}.png?revision={first.revision}",
        names[1]: address,
        f"What {names[1]} has otherwise": f"{address}&against={first.revision}&of={first.pk}",
    }
    return {
        "names": names,
        "rows": [{"label": labels[value], **found} for value, found in numbers.items() if value in labels],
        "ranges": agreement.ranges_of(slices, along)[:RANGES_SHOWN],
        "agreed_from": agreement.AGREED_FROM,
        "along": charts.bars([dice or 0.0 for dice in along], height=70.0, highest=1.0),
        "slices": volume_of(first).shape[first.axis],
        **slice_pictures(slices, request.GET.get("z", ""), addresses),
    }
