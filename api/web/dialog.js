// Confirmation dialogs.

import { t } from "./language.js";

/** Open the dialog `id`, with `values` in its title; true when confirmed. */
export async function confirm(id, values) {
  const dialog = document.getElementById(id);
  const title = dialog.querySelector("h2");
  title.textContent = t(title.dataset.t, values);
  dialog.returnValue = "no";
  dialog.showModal();
  await new Promise((resolve) => dialog.addEventListener("close", resolve, { once: true }));
  return dialog.returnValue === "yes";
}
