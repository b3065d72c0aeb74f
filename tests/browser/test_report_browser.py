"""The report in a real browser: no errors, filters, focus, deep links, widths, no script, dark."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from report import build, example
from verify.store import write_summary

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")
REQUIRED = os.environ.get("LEMMATA_BROWSER") == "required"
"""Set by .ci/run once it has installed a browser: then nothing here may be skipped."""
webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed (extra 'dev')")
if CHROMIUM is None or DRIVER is None:
    missing = "no chromium and chromedriver here; on Debian: apt-get install chromium chromium-driver"
    if REQUIRED:
        pytest.fail(missing, pytrace=False)
    pytest.skip(missing, allow_module_level=True)

FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)


from selenium.webdriver.support.ui import WebDriverWait  # noqa: E402 (after the check that it is there)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A built example page."""
    folder = tmp_path_factory.mktemp("report")
    write_summary(folder, example.summary(60))
    return build(folder)


@pytest.fixture(scope="module")
def driver() -> Iterator[Any]:
    """A headless browser."""
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        for flag in (*FLAGS.split(), f"--user-data-dir={profile}"):
            options.add_argument(flag)
        service = Service(DRIVER)
        browser = webdriver.Chrome(options=options, service=service)
        yield browser
        browser.quit()
        for stream in (service.process.stdin, service.process.stdout, service.process.stderr):
            if stream is not None:
                stream.close()


@pytest.fixture
def open_page(driver: Any, page: Path) -> Iterator[Any]:
    """A function that opens the page at a width, in a theme, with or without scripts, at a fragment."""

    def opened(
        *, width: int = 1280, theme: str = "light", script: bool = True, fragment: str = "", media: str = ""
    ) -> Any:
        features = [{"name": "prefers-color-scheme", "value": theme}]
        driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": media, "features": features})
        metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
        driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": not script})
        driver.get("about:blank")
        driver.get(page.as_uri() + fragment)
        if script:
            # The driver may come back while the blank page is still there.
            WebDriverWait(driver, 30).until(
                lambda d: d.execute_script(
                    "return location.protocol === 'file:' && document.readyState === 'complete'"
                )
            )
        return driver

    yield opened
    driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def shown(driver: Any) -> list[str]:
    """Ids of the visible rows."""
    return driver.execute_script(
        "return [...document.querySelectorAll('.claims tbody tr')].filter(r => r.offsetHeight)"
        ".map(r => r.querySelector('.id').textContent)"
    )


def test_loads_without_errors_or_requests(open_page):
    """No console message; the only address that the browser fetches is the file itself."""
    import json

    driver = open_page()
    driver.get_log("performance")
    driver.get_log("browser")
    driver = open_page()
    assert driver.get_log("browser") == []
    events = [json.loads(entry["message"])["message"] for entry in driver.get_log("performance")]
    requested = [e["params"]["request"]["url"] for e in events if e["method"] == "Network.requestWillBeSent"]
    assert all(url.startswith(("file:", "about:", "data:")) for url in requested), requested


def test_hostile_text_does_not_run(open_page):
    """The script in a title, a place, a formula and a hypothesis stays text."""
    driver = open_page()
    assert driver.execute_script("return window.hacked") is None
    assert "<script>window.hacked = 1</script>" in driver.find_element("id", "du2019deep-eq-9").text


@pytest.mark.parametrize("width", [320, 400, 768, 1280, 1920])
@pytest.mark.parametrize("script", [True, False])
def test_page_never_scrolls_sideways(open_page, width, script):
    """At every width, with all details open, nothing sticks out of the page."""
    driver = open_page(width=width, script=script)
    driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
    driver.execute_script("document.querySelectorAll('details').forEach(d => d.open = true)")
    wide = driver.execute_script(
        "return [document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    )
    assert wide[0] <= wide[1]


def test_filters_and_search(open_page):
    """Each select narrows the table, search looks at id, title and aliases, clear brings all back."""
    from selenium.webdriver.support.ui import Select

    driver = open_page()
    everything = shown(driver)
    assert len(everything) == 60
    verdict = Select(driver.find_element("css selector", "select[data-key=verdict]"))
    verdict.select_by_visible_text("refuted")
    refuted = shown(driver)
    assert 0 < len(refuted) < 60
    Select(driver.find_element("css selector", "select[data-key=source]")).select_by_visible_text(
        "lin2022review"
    )
    both = shown(driver)
    assert both == [name for name in refuted if name.startswith("lin2022review/")]
    assert driver.find_element("id", "shown").text == f"{len(both)} of 60"
    driver.find_element("css selector", "#filter button").click()
    driver.find_element("id", "search").send_keys("lemma-3.9 variance")
    assert shown(driver) == ["du2019deep/lemma-G.3"]
    driver.find_element("id", "search").send_keys(" nonsense")
    assert shown(driver) == []
    assert driver.find_element("id", "shown").text == "no claim matches"
    driver.find_element("css selector", "#filter button").click()
    driver.execute_async_script("setTimeout(arguments[0], 20)")
    assert shown(driver) == everything


@pytest.mark.parametrize(
    ("key", "value"), [("kind", "dynamics"), ("strength", "exact"), ("regime", "out of regime")]
)
def test_every_select_finds_something(open_page, key, value):
    """Kind, strength and regime filter as well."""
    from selenium.webdriver.support.ui import Select

    driver = open_page()
    Select(driver.find_element("css selector", f"select[data-key={key}]")).select_by_visible_text(value)
    assert 0 < len(shown(driver)) < 60


def test_deep_link_shows_the_section(open_page):
    """A fragment opens at the claim, also under the id of its twin."""
    for fragment in ("#du2019deep-lemma-G.3", "#du2019thesis-lemma-3.9"):
        driver = open_page(fragment=fragment)
        top = driver.execute_script(
            "return document.getElementById('du2019deep-lemma-G.3').getBoundingClientRect().top"
        )
        assert -60 <= top <= 200


def test_graph_focus(open_page):
    """Choosing a claim leaves it with its ancestors and descendants; Escape and the button show all."""
    driver = open_page()
    count = (
        "return [...document.querySelectorAll('.node')].filter(n => n.getBoundingClientRect().width).length"
    )
    whole = driver.execute_script(count)
    node = driver.find_element("css selector", ".node[href='#du2019deep-lemma-G.3']")
    driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", node)
    driver.execute_script(
        "arguments[0].dispatchEvent(new MouseEvent('click', {bubbles: true, cancelable: true}))", node
    )
    assert driver.execute_script(count) == 4  # cond-3.1 and the proof step below, thm-6.1 above
    focus = driver.find_element("id", "focus")
    assert "It rests on 2; 1 rest on it" in focus.text
    focus.find_element("css selector", "button").click()
    assert driver.execute_script(count) == whole
    assert not focus.is_displayed()


def visible_nodes(driver: Any) -> set[str]:
    """Anchors of the claims that the graph shows."""
    return set(
        driver.execute_script(
            "return [...document.querySelectorAll('.node')].filter(n => n.getBoundingClientRect().width)"
            ".map(n => n.getAttribute('href').slice(1))"
        )
    )


def test_graph_focus_has_an_address(open_page):
    """Side and depth narrow the view, stand in the address, and the address brings the view back."""
    from selenium.webdriver.support.ui import Select

    everything = visible_nodes(open_page(fragment="#graph=du2019deep-lemma-G.3"))
    below = visible_nodes(open_page(fragment="#graph=du2019deep-lemma-G.3&side=below"))
    above = visible_nodes(open_page(fragment="#graph=du2019deep-lemma-G.3&side=above"))
    assert below | above == everything
    assert below & above == {"du2019deep-lemma-G.3"}
    for name in sorted(visible_nodes(open_page()))[::4]:
        driver = open_page(fragment=f"#graph={name}&depth=1")
        near = visible_nodes(driver)
        if near < visible_nodes(open_page(fragment=f"#graph={name}")):
            break
    driver = open_page(fragment=f"#graph={name}&depth=1")
    assert visible_nodes(driver) == near
    Select(driver.find_element("id", "focus_depth")).select_by_visible_text("any distance")
    assert near < visible_nodes(driver)
    Select(driver.find_element("id", "focus_depth")).select_by_visible_text("2 steps")
    Select(driver.find_element("id", "focus_side")).select_by_visible_text("what it rests on")
    address = driver.execute_script("return location.hash")
    assert address == f"#graph={name}&side=below&depth=2"
    seen = visible_nodes(driver)
    assert visible_nodes(open_page(fragment=address)) == seen
    assert visible_nodes(open_page(fragment="#graph=no-such-claim")) == visible_nodes(open_page())


def test_a_claim_leads_to_its_place_in_the_graph(open_page):
    """The link of a section opens the graph with that claim chosen."""
    driver = open_page(fragment="#du2019deep-lemma-G.3")
    driver.find_element("css selector", "#du2019deep-lemma-G\\.3 .links a[href^='#graph=']").click()
    driver.execute_async_script("setTimeout(arguments[0], 50)")
    assert driver.find_element("id", "focus").is_displayed()
    assert driver.find_elements("css selector", ".node.chosen[href='#du2019deep-lemma-G.3']")


def test_graph_works_from_the_keyboard(open_page):
    """A node takes focus, Enter chooses it, Escape shows all."""
    from selenium.webdriver.common.keys import Keys

    driver = open_page()
    node = driver.find_element("css selector", ".node[href='#lin2022review-thm-4']")
    driver.execute_script("arguments[0].focus()", node)
    driver.switch_to.active_element.send_keys(Keys.ENTER)
    assert driver.find_element("id", "focus").is_displayed()
    driver.switch_to.active_element.send_keys(Keys.ESCAPE)
    assert not driver.find_element("id", "focus").is_displayed()


def test_first_tab_stop_is_the_skip_link(open_page):
    """Tab reaches a visible link that skips to the table."""
    from selenium.webdriver.common.keys import Keys

    driver = open_page()
    driver.find_element("css selector", "body").send_keys(Keys.TAB)
    active = driver.switch_to.active_element
    assert active.get_attribute("href").endswith("#claims")
    assert active.rect["x"] >= 0


def test_complete_without_scripts(open_page):
    """Without scripts: all rows, the whole graph, the list; no filter that would do nothing."""
    driver = open_page(script=False)
    assert len(driver.find_elements("css selector", ".claims tbody tr")) == 60
    assert driver.find_element("css selector", ".node").is_displayed()
    assert driver.find_element("css selector", ".tree").get_attribute("textContent").count("uses") > 5
    assert not driver.find_element("id", "filter").is_displayed()
    assert not driver.find_element("id", "focus").is_displayed()


def test_dark_and_light_differ(open_page):
    """The page follows the preferred colour scheme, plots included."""
    seen = []
    for theme in ("light", "dark"):
        driver = open_page(theme=theme)
        seen.append(
            driver.execute_script(
                "const c = (s, p) => getComputedStyle(document.querySelector(s))[p];"
                "return [c('html', 'backgroundColor'), c('body', 'color'), c('.ink text', 'fill')]"
            )
        )
    assert all(light != dark for light, dark in zip(*seen, strict=True))


def test_formulas_are_drawn_and_stay_in_their_boxes(open_page):
    """MathML has a size, and a formula that is too wide scrolls inside its own box."""
    driver = open_page(width=400)
    sizes = driver.execute_script(
        "return [...document.querySelectorAll('.claim > .formula')].filter(f => f.querySelector('math'))"
        ".map(f => [f.getBoundingClientRect().right, f.querySelector('math').getBoundingClientRect().height])"
    )
    assert sizes
    assert all(right <= 400 and height > 5 for right, height in sizes)


def test_print_has_no_controls(open_page):
    """On paper there is no navigation, no filter and no box that scrolls."""
    driver = open_page(media="print")
    assert not driver.find_element("id", "filter").is_displayed()
    assert not driver.find_element("css selector", "nav").is_displayed()
    assert driver.find_element("id", "errata").is_displayed()


def test_every_control_has_a_name(open_page):
    """Buttons, fields, links and images have an accessible name."""
    driver = open_page()
    nameless = driver.execute_script(
        "return [...document.querySelectorAll('a, button, input, select, summary')]"
        ".filter(e => !(e.textContent.trim() || e.getAttribute('aria-label') || e.labels?.length))"
        ".map(e => e.outerHTML.slice(0, 80))"
    )
    assert nameless == []
    assert driver.find_elements("css selector", "svg[role=img]:not([aria-label])") == []
    assert driver.find_elements("css selector", "thead th:not([scope])") == []


@pytest.mark.parametrize("level", [0, 1, 2])
def test_packed_bodies_unfold(level: int, driver: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Where not all fits, the script fills sections and table; without it, evidence in short and a link.

    Each level keeps less in plain sight; the last one, of a claim that is not refuted, title and evidence.
    """
    from report import page as pages

    write_summary(tmp_path, example.summary(120))
    larger = pages._render(example.summary(120), tmp_path, level)
    monkeypatch.setattr(pages, "LIMIT", len(larger) - 1)
    folder = tmp_path
    address = build(folder).as_uri() + "#du2019deep-lemma-G.3"
    count = (
        "return [document.querySelectorAll('.body').length,"
        "document.querySelectorAll('.claim .check').length,"
        "document.querySelectorAll('.claims td math').length]"
    )
    driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    driver.get(address)
    driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
    empty, checks, formulas = driver.execute_script(count)
    assert (empty, checks, formulas) == (120, 0, 0)
    assert driver.find_element("id", "unpacking").is_displayed()
    brief = driver.find_element("css selector", "#du2019deep-lemma-G\\.3 .body")
    assert brief.is_displayed()
    assert brief.text.startswith("derivative: holds rigorous, domain")
    driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    driver.find_element("css selector", "#unpacking a").click()
    driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
    empty, checks, formulas = driver.execute_script(count)
    assert empty == 0
    assert checks >= 100
    assert formulas >= 100
    driver.get("about:blank")
    driver.get(address)
    driver.execute_async_script("setTimeout(arguments[0], 1500)")
    empty, checks, formulas = driver.execute_script(count)
    assert empty == 0
    assert checks >= 100
    assert formulas >= 100
    assert not driver.find_element("id", "unpacking").is_displayed()
    bare = (
        "return [...document.querySelectorAll('.claim')].filter(c => {"
        "const own = c.querySelector(':scope > .formula'); return !own || own.querySelector('a'); }).length"
    )
    assert driver.execute_script(bare) == 0
    mixed = (
        "return [...document.querySelectorAll('.claim')].filter(c => !c.querySelector('.facts.links')"
        ".textContent.includes('verify replay ' + c.querySelector('.place .id').textContent)).length"
    )
    assert driver.execute_script(mixed) == 0
    top = driver.execute_script(
        "return document.getElementById('du2019deep-lemma-G.3').getBoundingClientRect().top"
    )
    assert -60 <= top <= 200


def test_a_claim_saves_its_certificates(open_page):
    """The button of a section makes a file with the certificates of that claim alone."""
    import json

    driver = open_page(fragment="#lin2022review-thm-4")
    driver.execute_script(
        "window.saved = null; const make = URL.createObjectURL;"
        "URL.createObjectURL = (blob) => (blob.text().then(t => { window.saved = t; }), make(blob));"
        "HTMLAnchorElement.prototype.click = function () { window.named = this.download; };"
    )
    button = driver.find_element("css selector", "#lin2022review-thm-4 .links button")
    driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", button)
    button.click()
    driver.execute_async_script("setTimeout(arguments[0], 300)")
    saved = json.loads(driver.execute_script("return window.saved"))
    assert driver.execute_script("return window.named") == "lin2022review-thm-4.json"
    assert saved["printed"]["scaling"][0]["kind"] == "binomial-decision"


def test_prints_to_pdf(open_page):
    """The page becomes a PDF of several pages, on which the errata and the sections are."""
    import base64

    driver = open_page()
    driver.execute_async_script("requestAnimationFrame(() => requestAnimationFrame(arguments[0]))")
    data = driver.execute_cdp_cmd("Page.printToPDF", {"printBackground": True})["data"]
    pdf = base64.b64decode(data)
    assert pdf.startswith(b"%PDF")
    assert (
        pdf.count(b"/Type /Page\n") + pdf.count(b"/Type /Page ") + pdf.count(b"/Type/Page/") > 3
        or len(pdf) > 50_000
    )


def test_everything_is_reached_by_keyboard_alone(open_page):
    """Tab goes through skip link, navigation, filter and table without a trap, each stop visible."""
    from selenium.webdriver.common.keys import Keys

    driver = open_page()
    stops = []
    for _ in range(40):
        driver.switch_to.active_element.send_keys(Keys.TAB)
        stops.append(
            driver.execute_script(
                "const e = document.activeElement, r = e.getBoundingClientRect(), again = e.dataset.met;"
                "e.dataset.met = 1;"
                "return [e.id || e.getAttribute('href') || e.className.baseVal || e.className, again,"
                " r.width > 0 && r.height > 0 && r.bottom > 0 && r.top < innerHeight]"
            )
        )
    names = [name for name, *_ in stops]
    assert not any(again for _, again, _ in stops), "no stop comes twice"
    assert all(visible for *_, visible in stops), stops
    assert names[0] == "#claims"
    assert "#vacuity" in names
    search = driver.find_element("id", "search")
    driver.execute_script("arguments[0].focus()", search)
    search.send_keys("lemma-G.3")
    assert shown(driver)[0] == "du2019deep/lemma-G.3"
    search.send_keys(Keys.TAB)
    assert driver.switch_to.active_element.tag_name == "select"


def test_boxes_that_scroll_take_the_focus(open_page):
    """A formula that is wider than its box can be scrolled from the keyboard; the others are no stops."""
    driver = open_page(width=400)
    driver.execute_async_script("setTimeout(arguments[0], 100)")
    found = driver.execute_script(
        "return [...document.querySelectorAll('.formula')]"
        ".map(f => [f.scrollWidth > f.clientWidth + 1, f.tabIndex])"
    )
    assert any(wide for wide, _ in found)
    assert all((index == 0) == wide for wide, index in found)


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 1280), ("light", 400)])
def test_no_serious_accessibility_findings(open_page, theme, width):
    """axe-core finds nothing serious or critical on the whole page."""
    axe = pytest.importorskip("axe_core_python", reason="axe-core-python is not installed (extra 'dev')")
    driver = open_page(theme=theme, width=width)
    driver.set_script_timeout(120)
    driver.execute_script((Path(axe.__file__).parent / "axe.min.js").read_text())
    found = driver.execute_async_script(
        "const done = arguments[0];"
        "axe.run(document, {resultTypes: ['violations']}).then(r => done(r.violations.map("
        "v => [v.impact, v.id, v.nodes.slice(0, 3).map(n => n.html.slice(0, 120))])))"
    )
    assert [v for v in found if v[0] in ("serious", "critical")] == []
