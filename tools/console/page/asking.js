// page/asking.js — what people type, on its way to the server in a header: pure, so that it can be tested without a browser.

const BYTES_MAX = 1024; // the server's, percent-encoded

/** Text as a header's value: what people type is never in an address. Too long: cut between letters, never inside one. */
export function typed(text) {
  let value = '';
  for (const letter of text) {
    const more = encodeURIComponent(letter.length === 1 && letter >= '\ud800' && letter <= '\udfff' ? '\ufffd' : letter);
    if (value.length + more.length > BYTES_MAX)
      break;
    value += more;
  }
  return value;
}

/** Is this enough to search by? 8 digits of a number, a receipt's code, or 3 letters of a name: less is half of the town. */
export function searchable(q) {
  const letters = q.replace(/[\s.-]/g, '');
  return /^\d+$/.test(letters) ? letters.length >= 8 || /^\d.*-/.test(q.trim()) : [...letters].length >= 3;
}
