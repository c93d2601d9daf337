// Small tools for building elements. Text only ever becomes text, never markup.

export const find = (id) => document.getElementById(id);

export function make(tag, { text, class: name, on = {}, dataset = {}, ...attributes } = {}, ...children) {
  const element = document.createElement(tag);
  if (name) element.className = name;
  if (text !== undefined) element.textContent = text;
  for (const [event, handler] of Object.entries(on)) element.addEventListener(event, handler);
  Object.assign(element.dataset, dataset);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === true) element.setAttribute(key, "");
    else if (value !== false && value !== undefined) element.setAttribute(key, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

export function icon(name) {
  const namespace = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(namespace, "svg");
  const use = document.createElementNS(namespace, "use");
  use.setAttribute("href", `#icon-${name}`);
  svg.setAttribute("aria-hidden", "true");
  svg.append(use);
  return svg;
}

export function label(element, text) {
  element.setAttribute("aria-label", text);
  element.title = text;
}

export function fileUrl(file, save = false) {
  return `/chat/file/${encodeURIComponent(file.file_id)}${save ? "?save=1" : ""}`;
}

let toastTimer;

export function toast(text) {
  const box = find("toast");
  box.textContent = text;
  box.showPopover();
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => box.hidePopover(), 3500);
}

export function showAlert(text) {
  find("alert-text").textContent = text;
  find("alert").showModal();
}

// A menu at a place on the screen. Items: { text, act, checked?, danger? } or { title } or { emojis, act }.
export function openMenu(items, x, y) {
  const menu = find("menu");
  const entry = (item) =>
    make("button", {
      type: "button",
      role: item.checked === undefined ? "menuitem" : "menuitemradio",
      class: item.danger ? "danger" : "",
      text: item.text,
      "aria-checked": item.checked === undefined ? undefined : String(item.checked),
      "aria-label": item.label,
      on: { click: () => (menu.hidePopover(), item.act()) },
    });
  menu.replaceChildren(
    ...items.map((item) => {
      if (item.title) return make("p", { class: "menu-title", text: item.title });
      if (item.row) return make("div", { class: "menu-row" }, ...item.row.map(entry));
      return entry(item);
    }),
  );
  menu.setAttribute("role", "menu");
  menu.showPopover();
  const { width, height } = menu.getBoundingClientRect();
  menu.style.left = `${Math.max(8, Math.min(x, innerWidth - width - 8))}px`;
  menu.style.top = `${Math.max(8, Math.min(y, innerHeight - height - 8))}px`;
  (menu.querySelector("[aria-checked=true]") || menu.querySelector("button"))?.focus();
}

export function walkMenu(event) {
  const step = { ArrowDown: 1, ArrowUp: -1, ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  const entries = [...find("menu").querySelectorAll("button")];
  const next = entries.indexOf(document.activeElement) + step;
  entries[(next + entries.length) % entries.length]?.focus();
}
