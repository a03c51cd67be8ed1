"""What the service leaves to its workshop: imports and files to be written, which would hold everybody else up.

``python -m web.tasks`` is a worker of the workshop; see `layers.workshop.worker`.
"""

from __future__ import annotations

from layers.workshop import Task
from web import export_work, import_work

MODULE = "web.tasks"
TASKS = {
    "ready": Task("import", 120, import_work.ready, reads=True),
    "preview": Task("import", 600, import_work.preview, reads=True),
    "commit": Task("import", 1800, import_work.commit, reads=True),
    "report": Task("import", 600, import_work.report, reads=True),
    "export-layer": Task("export", 1800, export_work.layer),
    "export-rows": Task("export", 600, export_work.rows),
}

if __name__ == "__main__":
    from layers.workshop.worker import main

    main(TASKS)
