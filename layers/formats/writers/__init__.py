"""One module per kind of file, each with ``write(export, target, options)``, which returns notes for the user."""
