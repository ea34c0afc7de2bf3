// Runs before the first paint: puts the stored type size on <html>. Not a module, so that nothing flashes.
(function () {
  try {
    if (window.localStorage.getItem("ydt.type") === "large") {
      document.documentElement.dataset.type = "large";
    }
  } catch (error) {
    // Storage is blocked: the page keeps its normal size.
    console.info("type size not restored", error.name);
  }
})();
