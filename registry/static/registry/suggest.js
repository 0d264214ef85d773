// Completions beside a search box, from the register's own API. Without this script the box works all the same.
for (const box of document.querySelectorAll("input[data-suggest]")) {
  const list = document.createElement("datalist");
  list.id = `${box.id}-completions`;
  box.after(list);
  box.setAttribute("list", list.id);
  let asked = "";
  let waiting = 0;
  box.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(async () => {
      const words = box.value.trim();
      if (words.length < 2 || words === asked) return;
      asked = words;
      const answer = await fetch(`${box.dataset.suggest}?q=${encodeURIComponent(words.slice(0, 200))}`).catch(() => null);
      // Completions are a help: what cannot be had now is done without, and what comes late is for words of before.
      if (!answer?.ok || words !== box.value.trim()) return;
      const { suggestions, spelling } = await answer.json();
      list.replaceChildren(...[...suggestions, ...(spelling ? [spelling] : [])].map((text) => new Option(text, text)));
    }, 150);
  });
}
