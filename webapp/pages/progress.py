"""The dashboard of a project, and its tables as CSV."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from webapp.errors import NotFoundError
from webapp.export.names import safe_name
from webapp.insight import charts
from webapp.insight.dashboard import Dashboard, dashboard_of
from webapp.insight.tables import TABLES, as_csv
from webapp.projects.permissions import Action
from webapp.projects.selectors import project_for

CASES_SHOWN = 30


@require_safe
def progress(request: HttpRequest, project_id: int) -> HttpResponse:
    """How a project goes: over time, by person, by case, by label; who waits for whom."""
    project = project_for(request.user, project_id, Action.REVIEW)
    known = dashboard_of(project)
    shown = {
        "project": project,
        "known": known,
        "chart": _over_time(known),
        "slowest": known.case_rows[:CASES_SHOWN],
        "longest_minutes": max((row.minutes for row in known.case_rows), default=0),
        "most_minutes": max((row.minutes for row in known.people), default=0),
    }
    return render(request, "progress.html", shown)


@require_safe
def progress_csv(request: HttpRequest, project_id: int) -> HttpResponse:
    """One table: `table` is one of days, people, cases, labels, waiting."""
    project = project_for(request.user, project_id, Action.REVIEW)
    name = request.GET.get("table", "cases")
    if name not in TABLES:
        raise NotFoundError("There is no such table.")
    text = as_csv(TABLES[name](dashboard_of(project)))
    file_name = f"{safe_name(project.name, 'project')}_{name}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{file_name}"', "Cache-Control": "no-store"}
    return HttpResponse(text, content_type="text/csv; charset=utf-8", headers=headers)


def _over_time(known: Dashboard) -> charts.Lines:
    lines = {
        "handed-in": [float(day.handed_in) for day in known.days],
        "approved": [float(day.approved) for day in known.days],
    }
    return charts.lines(lines, highest=max(known.wanted, 1))
