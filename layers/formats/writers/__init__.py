"""One module per kind of file, each with ``write(export, target, options)``, which returns notes for the user.

Those that `layers.formats.writing` calls streamed take ``parts`` instead: exports one after the other.
"""
