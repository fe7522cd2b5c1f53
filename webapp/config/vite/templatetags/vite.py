from django import template
from django.templatetags.static import static
from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe

from webapp.config.vite.manifest import entry

register = template.Library()


@register.simple_tag
def vite(name: str) -> SafeString:
    """The link and script elements of a front-end entry."""
    files = entry(name)
    styles = format_html_join("\n", '<link rel="stylesheet" href="{}">', ((static(path),) for path in files.styles))
    preloads = format_html_join(
        "\n", '<link rel="modulepreload" href="{}">', ((static(path),) for path in files.preloads)
    )
    script = format_html_join("\n", '<script type="module" src="{}"></script>', [(static(files.script),)])
    return mark_safe(f"{styles}\n{preloads}\n{script}")  # noqa: S308  each part is escaped above
