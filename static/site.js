// A button copies the address beside it. Without a script it stays hidden, and the address is there to select.
for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    const field = document.getElementById(button.dataset.copy);
    field.select();
    await navigator.clipboard.writeText(field.value);
    button.textContent = button.dataset.done;
  });
}

// What htmx does not do by itself with the answers that are not plain pages.
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  const { status, responseURL } = detail.xhr;
  if (responseURL && new URL(responseURL).pathname.startsWith("/accounts/")) {
    detail.shouldSwap = false; // signed out elsewhere: the page leads to the sign-in, not a part of it
    location.reload();
  } else if (status === 304) {
    detail.shouldSwap = false; // nothing new: what is shown stays, with its focus
  } else if (status === 409) {
    detail.shouldSwap = true; // a refused click brings the fresh board
    detail.isError = false;
  } else if (status >= 400 && detail.requestConfig.verb === "post") {
    detail.shouldSwap = true; // gone, or the site is away: the whole page says so, as it does without a script
    detail.target = document.body;
    detail.swapOverride = "innerHTML";
  }
});
