// A form whose answer takes more than a moment says so, and is sent once.
document.addEventListener("submit", (event) => {
  const form = event.target;
  const note = form.dataset.busy && document.getElementById(form.dataset.busy);
  if (!note) return;
  note.hidden = false;
  form.querySelector("[type=submit]").disabled = true;
});
// The page as it was left, when somebody comes back to it.
window.addEventListener("pageshow", ({ persisted }) => persisted && location.reload());
