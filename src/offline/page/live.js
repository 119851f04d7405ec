// Shows the page again whenever the world behind it changed, without losing the place.
const events = new EventSource('/-/events');
events.addEventListener('changed', async () => {
  const answer = await fetch(location.href);
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html');
  const open = new Set([...document.querySelectorAll('details[open][id]')].map((element) => element.id));
  document.title = fresh.title;
  document.body.replaceWith(fresh.body);
  for (const id of open) document.getElementById(id)?.setAttribute('open', '');
});
