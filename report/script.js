"use strict";
// Filtering of the table, focus in the graph, certificates claim by claim; the page reads without any of it.
(() => {
  const byId = (id) => document.getElementById(id);
  const made = (tag, text) => Object.assign(document.createElement(tag), { textContent: text });
  const sections = [...document.querySelectorAll("article.claim")];

  // --- what is packed ----------------------------------------------------------------------------------
  const unpack = async (link) => {
    const bytes = Uint8Array.from(atob(link.split(",")[1]), (char) => char.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return JSON.parse(await new Response(stream).text());
  };

  // In a page with very many claims the bodies of the sections are packed, and the table has no formulas.
  const unfold = async () => {
    if (!byId("bodies")) return;
    const bodies = await unpack(byId("bodies").textContent);
    for (const section of sections) {
      section.querySelector(".body").outerHTML = bodies[section.id];
      const printed = document.querySelector(`[id="erratum-${section.id}"] .formula`);
      if (printed) section.querySelector(".formula").replaceChildren(...printed.cloneNode(true).childNodes);
    }
    for (const row of document.querySelectorAll(".claims tbody tr")) {
      const formula = byId(row.querySelector("a.id").getAttribute("href").slice(1)).querySelector(".formula");
      row.cells[2].firstElementChild.append(...formula.cloneNode(true).childNodes);
    }
    byId("unpacking").hidden = true;
  };

  // A button in each section saves the certificates of that claim.
  const offer = () => {
    const archive = byId("archive");
    if (!archive) return;
    let whole = null;
    for (const section of sections) {
      const [list, id] = [section.querySelector(".links"), section.querySelector(".place .id").textContent];
      const [place, button] = [made("dd", ""), made("button", "save as JSON")];
      button.type = "button";
      button.setAttribute("aria-label", `save the certificates of ${id} as JSON`);
      button.addEventListener("click", async () => {
        whole ||= unpack(archive.href);
        const own = JSON.stringify((await whole)[id] || {}, null, 1);
        const link = made("a", "");
        link.href = URL.createObjectURL(new Blob([own], { type: "application/json" }));
        link.download = `${id.replace("/", "-")}.json`;
        link.click();
        setTimeout(() => URL.revokeObjectURL(link.href), 1000);
      });
      place.append(button);
      list.append(made("dt", "certificates"), place);
    }
  };

  const ready = unfold().then(() => {
    offer();
    const target = byId(decodeURIComponent(location.hash.slice(1)));
    if (byId("bodies") && target) target.scrollIntoView();
  });

  // --- boxes that scroll can be scrolled from the keyboard ----------------------------------------------
  const reachable = () => {
    const boxes = document.querySelectorAll(".formula, .claims td > div");
    const wide = [...boxes].map((box) => box.scrollWidth > box.clientWidth + 1);
    boxes.forEach((box, i) => (wide[i] ? box.setAttribute("tabindex", "0") : box.removeAttribute("tabindex")));
  };
  ready.then(reachable);
  window.addEventListener("resize", reachable);

  // --- the table -------------------------------------------------------------------------------------
  const form = byId("filter");
  const rows = [...document.querySelectorAll(".claims tbody tr")];
  const facts = rows.map((row) => {
    const text = (i) => row.cells[i].textContent.trim();
    const verdict = row.cells[3].firstElementChild.textContent;
    const regime = text(7) === "–" ? "not applicable" : text(7);
    const source = row.querySelector(".id").textContent.split("/")[0];
    const all = `${row.textContent} ${row.dataset.also || ""} ${row.dataset.kind}`.toLowerCase();
    return { source, kind: row.dataset.kind, verdict, strength: text(4), regime, all };
  });
  const selects = [...form.querySelectorAll("select")];

  const filter = () => {
    const words = byId("search").value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    rows.forEach((row, i) => {
      const fits =
        selects.every((s) => !s.value || facts[i][s.dataset.key] === s.value) &&
        words.every((word) => facts[i].all.includes(word));
      row.classList.toggle("gone", !fits);
      shown += fits;
    });
    byId("shown").textContent = shown ? `${shown} of ${rows.length}` : "no claim matches";
  };
  for (const name of ["input", "change"]) form.addEventListener(name, filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(filter));
  form.hidden = rows.length === 0;
  filter();

  // --- the graph -------------------------------------------------------------------------------------
  const svg = byId("graph_svg");
  if (!svg) return;
  const [WIDTH, HEIGHT, COLUMN, ROW] = [164, 34, 216, 42];
  const nodes = new Map();
  for (const element of svg.querySelectorAll(".node")) {
    const [x, y] = element.getAttribute("transform").match(/-?\d+/g).map(Number);
    nodes.set(element.getAttribute("href").slice(1), { element, x, y, home: [x, y], below: [], above: [] });
  }
  const names = [...nodes.keys()];
  const edges = [...svg.querySelectorAll("[data-e]")].map((element) => {
    const [from, to] = element.dataset.e.split(" ").map((i) => names[i]);
    nodes.get(from).above.push(to);
    nodes.get(to).below.push(from);
    return { element, from, to, home: element.getAttribute("d") };
  });
  const whole = ["width", "height", "viewBox"].map((name) => [name, svg.getAttribute(name)]);

  // Everything within `depth` steps below (what it rests on) or above (what rests on it).
  const reach = (start, side, depth) => {
    const found = new Set();
    let front = [start];
    for (let step = 0; front.length && step < depth; step += 1) {
      const next = new Set(front.flatMap((name) => nodes.get(name)[side]));
      front = [...next].filter((name) => !found.has(name) && name !== start);
      front.forEach((name) => found.add(name));
    }
    return found;
  };

  const path = (a, b) => {
    const [x1, y1, x2, y2] = [a.x + WIDTH, a.y + HEIGHT / 2, b.x, b.y + HEIGHT / 2];
    const bend = Math.max(24, (x2 - x1) / 2);
    return `M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`;
  };

  // The chosen claim and its relatives close ranks: empty columns go, each column is stacked and centred.
  const arrange = (chosen) => {
    const columns = new Map();
    for (const name of chosen) {
      const node = nodes.get(name);
      if (!columns.has(node.home[0])) columns.set(node.home[0], []);
      columns.get(node.home[0]).push(node);
    }
    const tallest = Math.max(...[...columns.values()].map((column) => column.length)) * ROW;
    [...columns.keys()].sort((a, b) => a - b).forEach((key, i) => {
      const column = columns.get(key).sort((a, b) => a.home[1] - b.home[1]);
      column.forEach((node, j) => {
        node.x = i * COLUMN;
        node.y = Math.round((tallest - column.length * ROW) / 2 + j * ROW);
      });
    });
    const [width, height] = [columns.size * COLUMN - COLUMN + WIDTH + 12, tallest + 12];
    svg.setAttribute("width", width);
    svg.setAttribute("height", height);
    svg.setAttribute("viewBox", `-6 -6 ${width} ${height}`);
  };

  const draw = (visible) => {
    for (const [name, { element, x, y }] of nodes) {
      element.classList.toggle("gone", !visible.has(name));
      element.setAttribute("transform", `translate(${x} ${y})`);
    }
    for (const { element, from, to, home } of edges) {
      element.classList.toggle("gone", !(visible.has(from) && visible.has(to)));
      element.setAttribute("d", visible.size === nodes.size ? home : path(nodes.get(from), nodes.get(to)));
    }
  };

  const all = () => {
    for (const node of nodes.values()) {
      [node.x, node.y] = node.home;
      node.element.classList.remove("chosen");
    }
    for (const [name, value] of whole) svg.setAttribute(name, value);
    draw(new Set(nodes.keys()));
    byId("focus").hidden = true;
  };

  let chosen = null;
  const [side, depth] = [byId("focus_side"), byId("focus_depth")];
  const show = () => {
    all();
    const most = depth.value === "all" ? Infinity : Number(depth.value);
    const below = side.value === "above" ? new Set() : reach(chosen, "below", most);
    const above = side.value === "below" ? new Set() : reach(chosen, "above", most);
    const visible = new Set([chosen, ...below, ...above]);
    arrange(visible);
    draw(visible);
    nodes.get(chosen).element.classList.add("chosen");
    const label = nodes.get(chosen).element.querySelector("title").textContent;
    const [under, over] = ["below", "above"].map((which) => reach(chosen, which, Infinity).size);
    byId("focus_text").textContent = `${label}. It rests on ${under}; ${over} rest on it.`;
    byId("focus_open").href = `#${chosen}`;
    byId("focus").hidden = false;
    const box = svg.parentElement;
    const { x, y } = nodes.get(chosen);
    box.scrollTo(x + (WIDTH - box.clientWidth) / 2, y - box.clientHeight / 2);
  };

  // The focus is part of the address: #graph=CLAIM&side=below&depth=2.
  const address = () => {
    const extra = (side.value ? `&side=${side.value}` : "") + (depth.value === "all" ? "" : `&depth=${depth.value}`);
    return `#graph=${chosen}${extra}`;
  };
  const focus = (name) => {
    chosen = name;
    show();
    history.replaceState(null, "", address());
  };
  const leave = () => {
    all();
    history.replaceState(null, "", "#graph");
  };
  const follow = () => {
    const wanted = new URLSearchParams(location.hash.slice(1));
    if (!nodes.has(wanted.get("graph"))) return;
    chosen = wanted.get("graph");
    for (const [select, value] of [[side, wanted.get("side") || ""], [depth, wanted.get("depth") || "all"]]) {
      if ([...select.options].some((option) => option.value === value)) select.value = value;
    }
    byId("graph").scrollIntoView();
    show();
  };
  for (const select of [side, depth]) select.addEventListener("change", () => focus(chosen));
  window.addEventListener("hashchange", follow);

  byId("hint").hidden = false;
  svg.addEventListener("click", (event) => {
    const node = event.target.closest(".node");
    if (!node || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    focus(node.getAttribute("href").slice(1));
  });
  byId("focus_all").addEventListener("click", () => {
    leave();
    svg.parentElement.focus();
  });
  svg.addEventListener("keydown", (event) => {
    if (event.key === "Escape") leave();
  });
  const point = () => {
    for (const name of names) {
      const [place, link] = [made("dd", ""), made("a", "what it rests on, and what rests on it")];
      link.href = `#graph=${name}`;
      place.append(link);
      byId(name).querySelector(".links").append(made("dt", "graph"), place);
    }
  };
  ready.then(point);
  follow();
})();
