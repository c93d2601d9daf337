// Pictures and files before they are sent: a preview, a caption, "as photo" or "as file".

import { sizeOf } from "./bubbles.js";
import { find, icon, label, make, toast } from "./dom.js";
import { words } from "./words.js";

const ALBUM = 10; // at most so many go together
const PHOTO_TYPES = /^image\/(jpeg|png|webp|gif|bmp|avif)$/;

export class Attachments {
  // `send(files, { caption, as, reply_to })` returns a promise; `composer` knows what they answer.
  constructor({ send, composer }) {
    Object.assign(this, { send, composer });
    this.files = [];
    this.urls = new Map();
    this.sheet = find("attachments");
    // By the time it hears of that it may have been opened anew.
    this.sheet.addEventListener("close", () => this.sheet.open || this.#clear());
    this.sheet.addEventListener("click", (event) => event.target === this.sheet && this.sheet.close());
    this.sheet.querySelector("form").addEventListener("submit", (event) => (event.preventDefault(), this.#submit()));
    this.sheet.addEventListener("paste", (event) => {
      const files = [...event.clipboardData.files];
      if (files.length) event.preventDefault(), this.add(files);
    });
    find("attachments-close").addEventListener("click", () => this.sheet.close());
    find("as-choice").addEventListener("change", () => this.#draw());
  }

  translate() {
    label(find("attachments-close"), words.cancel);
    find("as-photo").textContent = words.asPhoto;
    find("as-file").textContent = words.asFile;
    find("caption").placeholder = words.caption;
    find("caption").setAttribute("aria-label", words.caption);
    find("attachments-send").textContent = words.send;
    if (this.sheet.open) this.#draw();
  }

  add(files) {
    if (!files.length) return;
    this.files.push(...files);
    this.#draw();
    if (!this.sheet.open) this.sheet.showModal();
    find("caption").focus();
  }

  get #photosOnly() {
    return this.files.every((file) => PHOTO_TYPES.test(file.type));
  }

  get #asPhoto() {
    return this.#photosOnly && this.sheet.querySelector("[name=as]:checked").value === "photo";
  }

  #draw() {
    const count = this.files.length;
    find("attachments-title").textContent = this.#asPhoto ? words.sendPhotos(count) : words.sendFiles(count);
    find("as-choice").hidden = !this.#photosOnly;
    find("previews").dataset.count = count;
    find("previews").classList.toggle("as-files", !this.#asPhoto);
    find("previews").replaceChildren(...this.files.map((file) => this.#preview(file)));
  }

  #preview(file) {
    const drop = make("button", { type: "button", class: "icon drop-one" }, icon("close"));
    label(drop, words.remove(file.name));
    drop.addEventListener("click", () => this.#remove(file));
    const shown = PHOTO_TYPES.test(file.type)
      ? make("img", { src: this.#url(file), alt: file.name })
      : make("span", { class: "file-icon" }, icon("file"));
    const name = make(
      "span",
      { class: "file-words" },
      make("b", { text: file.name }),
      make("span", { text: sizeOf(file.size) }),
    );
    return make("li", {}, shown, name, drop);
  }

  #url(file) {
    if (!this.urls.has(file)) this.urls.set(file, URL.createObjectURL(file));
    return this.urls.get(file);
  }

  #remove(...gone) {
    this.files = this.files.filter((file) => !gone.includes(file));
    if (this.files.length) this.#draw();
    else this.sheet.close();
  }

  #clear() {
    for (const url of this.urls.values()) URL.revokeObjectURL(url);
    this.urls.clear();
    this.files = [];
    find("caption").value = "";
    find("previews").replaceChildren();
    find("as-choice").querySelector("[value=photo]").checked = true;
  }

  async #submit() {
    const button = find("attachments-send");
    if (button.disabled) return;
    button.disabled = true;
    button.textContent = words.sending;
    try {
      await this.#sendAll([...this.files]);
    } catch (error) {
      toast(complaint(error));
    } finally {
      button.disabled = false;
      button.textContent = words.send;
    }
  }

  // Album after album, so that what has gone is not sent again when a later one fails. The first has the caption.
  async #sendAll(picked) {
    const fields = { caption: find("caption").value.trim(), as: this.#asPhoto ? "photo" : "file" };
    const { replyTo } = this.composer;
    // Files may be added or taken out meanwhile.
    const next = () => picked.filter((file) => this.files.includes(file)).slice(0, ALBUM);
    for (let album = next(); album.length; album = next()) {
      await this.send(album, { ...fields, reply_to: replyTo });
      if (find("caption").value.trim() === fields.caption) find("caption").value = "";
      fields.caption = "";
      this.#remove(...album);
    }
    this.composer.replied(replyTo);
  }
}

function complaint({ status, message }) {
  if (status === 413) return words.tooLarge;
  return message === "not a picture" ? words.noPicture : words.notSent;
}
