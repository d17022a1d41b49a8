// Buttons that copy what stands in another element; without this script people select it themselves.
for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
    document.getElementById(`${button.dataset.copy}-copied`).hidden = false;
  });
}
