"""How Sphinx builds these pages: ``sphinx-build -W -b html docs docs/_build``."""

import re
from importlib.metadata import version as version_of

project = "ixnstate"
author = "the authors of ixnstate"
project_copyright = "the authors of ixnstate; Apache-2.0. Not affiliated with Genesys"
version = release = version_of("ixnstate")

extensions = ["myst_parser", "sphinx.ext.autodoc"]
exclude_patterns = ["_build", "examples"]

myst_heading_anchors = 3
myst_links_external_new_tab = False

default_role = "py:obj"
add_module_names = False
toc_object_entries = False
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_preserve_defaults = True
python_maximum_signature_line_length = 88
pygments_style = "friendly"

html_theme = "furo"
html_title = "ixnstate"
html_static_path = ["_static"]
html_css_files = ["custom.css"]
html_show_sphinx = False
html_copy_source = False


def setup(app):
    """attrs writes the default of a field as ``attr_dict['name'].default``: not what a reader wants to see."""

    def shorten(_app, _what, _name, _object, _options, signature, returns):
        return (re.sub(r"attr_dict\['\w+'\]\.default", "...", signature), returns) if signature else None

    app.connect("autodoc-process-signature", shorten)
