"""What the service leaves to its workshop: imports and files to be written, which would hold everybody else up.

``python -m web.tasks`` is a worker of the workshop; see `layers.workshop.worker`.
"""

from __future__ import annotations

from layers.workshop import Task
from web.features import files
from web.imports import work as imports

MODULE = "web.tasks"
TASKS = {
    "ready": Task("import", 120, imports.ready, reads=True),
    "preview": Task("import", 600, imports.preview, reads=True),
    "commit": Task("import", 1800, imports.commit, reads=True),
    "report": Task("import", 600, imports.report, reads=True),
    "export-layer": Task("export", 1800, files.layer),
    "export-rows": Task("export", 600, files.rows),
}

if __name__ == "__main__":
    from layers.workshop.worker import main

    main(TASKS)
