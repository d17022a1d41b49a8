// What htmx does not do by itself: a refused click still brings the fresh board, and the answer gets the focus.
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.xhr.status === 409) {
    event.detail.shouldSwap = true;
    event.detail.isError = false;
  }
});
