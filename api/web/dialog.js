// Questions that are asked before something is done.

import { t } from "./language.js";

/** Ask in the dialog `id`, whose title may name what `values` has; true when the answer is yes. */
export async function confirm(id, values) {
  const dialog = document.getElementById(id);
  const title = dialog.querySelector("h2");
  title.textContent = t(title.dataset.t, values);
  dialog.returnValue = "no";
  dialog.showModal();
  await new Promise((resolve) => dialog.addEventListener("close", resolve, { once: true }));
  return dialog.returnValue === "yes";
}
