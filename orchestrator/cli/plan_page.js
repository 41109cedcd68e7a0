'use strict';
// Zoom and tooltips; without them the page says the same, with less comfort.
(() => {
  const data = JSON.parse(document.getElementById('data').textContent);
  const chart = document.getElementById('chart');
  const lines = document.getElementById('lines');
  const ticks = document.getElementById('ticks');
  const tip = document.getElementById('tip');
  const plots = [...chart.querySelectorAll('svg.plot')];
  const all = Math.max(1, data.frames);
  const element = (parent, name, className) => {
    const made = parent.appendChild(document.createElement(name));
    made.className = className;
    return made;
  };
  const hair = element(lines.parentNode, 'div', 'hair');
  const picked = element(lines.parentNode, 'div', 'picked');
  hair.hidden = picked.hidden = true;
  let from = 0;
  let to = all;

  const seconds = (frame, digits) => (frame / data.fps).toFixed(digits) + ' s';

  function drawTicks() {
    const span = (to - from) / data.fps;
    let step = 10 ** Math.floor(Math.log10(span / 4));
    for (const factor of [2, 5, 10]) if (span / step > 12) step *= factor === 5 ? 2.5 : 2;
    const digits = Math.max(0, Math.min(4, -Math.floor(Math.log10(step) + 1e-9)));
    lines.replaceChildren();
    ticks.replaceChildren();
    for (let n = Math.ceil(from / data.fps / step); n * step * data.fps < to; ++n) {
      const left = 100 * (n * step * data.fps - from) / (to - from) + '%';
      element(lines, 'div', 'tick').style.left = left;
      const label = element(ticks, 'span', '');
      label.style.left = left;
      label.textContent = (n * step).toFixed(digits) + ' s';
    }
  }

  function show(a, b) {
    const span = Math.min(all, Math.max(Math.min(all, 8), b - a));
    from = Math.min(all - span, Math.max(0, (a + b - span) / 2));
    to = from + span;
    for (const plot of plots)
      plot.setAttribute('viewBox', `${from} 0 ${span} ${plot.getAttribute('height')}`);
    drawTicks();
  }
  function zoom(factor, centre = (from + to) / 2) {
    show(centre - (centre - from) * factor, centre + (to - centre) * factor);
  }
  function pan(part) {
    const by = Math.max(-from, Math.min(all - to, part * (to - from)));
    show(from + by, to + by);
  }

  const box = () => lines.parentNode.getBoundingClientRect();
  const frameAt = (x) => from + (x - box().left) / box().width * (to - from);

  // The last step at or before the frame.
  function held(steps, frame) {
    let low = 0;
    let high = steps.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (steps[middle][0] <= frame) low = middle + 1; else high = middle;
    }
    return low > 0 ? steps[low - 1][1] : 0;
  }

  // A line is [lane, first output, last output, first source, last source, cursor, seeks, pieces].
  function lineAt(file, frame, y) {
    const lane = Math.max(0, Math.min(file.lanes - 1, Math.floor((y - data.top) / data.pitch)));
    const near = 3 / box().width * (to - from);
    let best = null;
    let bestDistance = near;
    for (const line of file.lines) {
      if (line[0] !== lane) continue;
      const distance = Math.max(line[1] - frame, frame - line[2] - 1, 0);
      if (distance <= bestDistance) { best = line; bestDistance = distance; }
    }
    return best;
  }

  function textOf(file, frame, y) {
    const at = Math.floor(frame);
    const text = [file.path, `at ${seconds(frame, 2)}, output frame ${at}`];
    const line = lineAt(file, frame, y);
    if (line) {
      text.push(`cursor ${line[5]} decodes source frames ${line[3]} to ${line[4]}`,
        `for output frames ${line[1]} to ${line[2]}` +
        (line[6] ? `, ${line[6]} ${line[6] === 1 ? 'seek' : 'seeks'}` : ', no seek'));
      if (line[7] > 1) text.push(`${line[7]} stretches drawn as one line`);
    }
    text.push(file.facts);
    if (file.slots.length) text.push(`${held(file.slots, at)} slots now`);
    if (file.clips.length) text.push('clips: ' + file.clips.join('\n       '));
    return text.join('\n');
  }

  function hide() { tip.hidden = hair.hidden = true; }

  function point(event) {
    const plot = event.target.closest ? event.target.closest('svg.plot') : null;
    if (!plot) { hide(); return; }
    const frame = Math.max(0, Math.min(all - 1e-6, frameAt(event.clientX)));
    hair.hidden = tip.hidden = false;
    hair.style.left = event.clientX - box().left + 'px';
    const index = plot.dataset.file;
    tip.textContent = index === undefined
      ? `at ${seconds(frame, 2)}\ncache ${(held(data.occupancy, Math.floor(frame)) / 1048576)
        .toFixed(0)}MB of ${(data.budget / 1048576).toFixed(0)}MB`
      : textOf(data.files[index], frame, event.clientY - plot.getBoundingClientRect().top);
    const width = tip.offsetWidth;
    const height = tip.offsetHeight;
    tip.style.left = Math.max(4, Math.min(event.clientX + 14, innerWidth - width - 8)) + 'px';
    tip.style.top = (event.clientY + 18 + height < innerHeight ? event.clientY + 18
      : Math.max(4, event.clientY - height - 12)) + 'px';
  }

  let start = null;  // where the pointer was pressed, in pixels
  chart.addEventListener('pointermove', (event) => {
    point(event);
    if (start === null) return;
    picked.hidden = false;
    picked.style.left = Math.min(start, event.clientX) - box().left + 'px';
    picked.style.width = Math.abs(event.clientX - start) + 'px';
  });
  chart.addEventListener('pointerdown', (event) => {
    point(event);
    if (event.button !== 0 || event.pointerType === 'touch' || !event.target.closest('svg.plot'))
      return;
    start = event.clientX;
    event.preventDefault();
    chart.focus({preventScroll: true});
  });
  addEventListener('pointerup', (event) => {
    if (start !== null && Math.abs(event.clientX - start) > 5)
      show(frameAt(Math.min(start, event.clientX)), frameAt(Math.max(start, event.clientX)));
    start = null;
    picked.hidden = true;
  });
  chart.addEventListener('pointerleave', hide);
  chart.addEventListener('dblclick', () => show(0, all));
  chart.addEventListener('wheel', (event) => {
    if (!event.ctrlKey) return;
    event.preventDefault();
    zoom(event.deltaY > 0 ? 1.25 : 0.8, frameAt(event.clientX));
  }, {passive: false});

  const actions = {
    'ArrowLeft': () => pan(-0.2), 'ArrowRight': () => pan(0.2), '+': () => zoom(0.5),
    '=': () => zoom(0.5), '-': () => zoom(2), '0': () => show(0, all),
    'Home': () => show(0, all), 'Escape': hide,
  };
  chart.addEventListener('keydown', (event) => {
    if (!actions[event.key] || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    actions[event.key]();
  });
  for (const button of document.querySelectorAll('.controls button'))
    button.addEventListener('click', () => actions[button.dataset.key]());
  document.getElementById('controls').hidden = false;
  chart.tabIndex = 0;
  show(0, all);
})();
