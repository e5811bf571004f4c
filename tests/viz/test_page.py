import base64
import hashlib
import re

from trimtab.viz import page


def test_the_policy_admits_the_page_s_own_script_and_nothing_else():
    html = page.page("t", "h", "s", ["<p>body</p>"], "f")
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', html)[1]
    script = re.search(r"<script>(.*)</script>", html, re.S)[1]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert policy == f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'"
    assert "<p>body</p>" in html


def test_text_is_escaped_everywhere():
    bad = '<img src=x onerror="alert(1)">'
    html = page.page(bad, bad, bad, [], bad)
    html += page.section(bad, bad, bad) + page.tile(bad, bad) + page.pairs([(bad, bad)])
    html += page.cards([(bad, bad)]) + page.table([bad], [[bad]]) + page.folded(bad, "")
    html += page.legend([("", bad)])
    assert "<img" not in html and 'onerror="' not in html


def test_the_page_reads_well_in_light_and_dark():
    html = page.page("t", "h", "s", [], "f")
    assert "prefers-color-scheme: dark" in html and 'name="viewport"' in html
    light, dark = re.findall(r":root \{(.*?)\}", html, re.S)
    names = [set(re.findall(r"(--[\w-]+):", block)) for block in (light, dark)]
    assert names[0] == names[1] and set(re.findall(r"var\((--[\w-]+)\)", html)) <= names[0]
