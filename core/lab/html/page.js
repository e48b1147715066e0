// Script of the pages that plr-sim writes: values under the pointer or by arrow keys, buttons that copy, a mark on what scrolls.
// SPDX-License-Identifier: MIT
'use strict';
(() => {
  const svgNS = 'http://www.w3.org/2000/svg';

  const copy = async (code, button) => {
    const selection = getSelection();
    const range = document.createRange();
    range.selectNodeContents(code);
    selection.removeAllRanges();
    selection.addRange(range);
    try {
      await navigator.clipboard.writeText(code.textContent);
      button.textContent = 'Copied';
    } catch {
      button.textContent = 'Selected';
    }
    setTimeout(() => { button.textContent = 'Copy'; }, 2000);
  };

  for (const code of document.querySelectorAll('.command code')) {
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = 'Copy';
    button.setAttribute('aria-label', 'Copy the command ' + code.textContent);
    button.addEventListener('click', () => copy(code, button));
    code.after(button);
  }

  const shape = (svg, name, attributes) => {
    const made = document.createElementNS(svgNS, name);
    for (const key in attributes) made.setAttribute(key, attributes[key]);
    svg.append(made);
    return made;
  };

  // The rows of a chart's table are its values; each says where it is drawn.
  const makeReadable = (table) => {
    const chart = document.getElementById(table.dataset.chart);
    const svg = chart.querySelector('svg');
    const heads = [...table.tHead.rows[0].cells].map((cell) => cell.textContent);
    const rows = [...table.tBodies[0].rows].map((row) => {
      const [x, y] = row.dataset.p.split(' ').map(Number);
      return { row, x, y };
    });
    if (!('plane' in table.dataset)) rows.sort((a, b) => a.x - b.x);
    if (!rows.length) return;
    const line = shape(svg, 'line', { class: 'cursor', y1: 0, y2: '100%', visibility: 'hidden' });
    const dot = shape(svg, 'circle', { class: 'cursor-at', r: 5, visibility: 'hidden' });
    const reading = document.createElement('output');
    reading.className = 'reading';
    reading.textContent = 'Values: point at the chart, or use its arrow keys.';
    chart.after(reading);
    let at = -1;

    const text = (row) => [...row.cells].map((cell, n) => heads[n] + ' ' + cell.textContent).join(' · ');
    const show = (n) => {
      at = Math.max(0, Math.min(rows.length - 1, n));
      const { row, x, y } = rows[at];
      line.setAttribute('x1', x / 100 + '%');
      line.setAttribute('x2', x / 100 + '%');
      dot.setAttribute('cx', x / 100 + '%');
      dot.setAttribute('cy', y / 100 + '%');
      line.setAttribute('visibility', 'visible');
      dot.setAttribute('visibility', 'visible');
      reading.textContent = text(row);
      chart.setAttribute('aria-valuenow', at + 1);
      chart.setAttribute('aria-valuetext', text(row));
    };
    // Of the values near that place the one that is nearest in height, too.
    const onPlane = (x, y) => {
      let best = 0, least = Infinity;
      rows.forEach((row, n) => {
        const far = Math.hypot(row.x - x, row.y - y);
        if (far < least) { least = far; best = n; }
      });
      return best;
    };
    const inTime = (x, y) => {
      let low = 0, high = rows.length;
      while (low < high) {
        const middle = (low + high) >> 1;
        if (rows[middle].x < x) low = middle + 1; else high = middle;
      }
      let best = Math.min(low, rows.length - 1), least = Infinity;
      for (let n = Math.max(0, low - 8); n < Math.min(rows.length, low + 8); n++) {
        const far = Math.abs(rows[n].x - x) * 4 + Math.abs(rows[n].y - y);
        if (far < least) { least = far; best = n; }
      }
      return best;
    };
    const point = (event) => {
      const box = svg.getBoundingClientRect();
      const nearest = 'plane' in table.dataset ? onPlane : inTime;
      show(nearest((event.clientX - box.left) / box.width * 10000, (event.clientY - box.top) / box.height * 10000));
    };
    const keys = {
      ArrowRight: () => at + 1, ArrowUp: () => at + 1, ArrowLeft: () => at - 1, ArrowDown: () => at - 1,
      PageUp: () => at + Math.ceil(rows.length / 20), PageDown: () => at - Math.ceil(rows.length / 20),
      Home: () => 0, End: () => rows.length - 1,
    };

    chart.tabIndex = 0;
    chart.setAttribute('role', 'slider');
    chart.setAttribute('aria-label', svg.querySelector('title').textContent + ': values, by arrow keys');
    chart.setAttribute('aria-describedby', svg.querySelector('desc').id);
    chart.setAttribute('aria-valuemin', 1);
    chart.setAttribute('aria-valuemax', rows.length);
    chart.setAttribute('aria-valuenow', 1);
    chart.setAttribute('aria-valuetext', text(rows[0].row));
    chart.addEventListener('pointermove', point);
    chart.addEventListener('pointerdown', point);
    chart.addEventListener('focus', () => { if (at < 0) show(0); });
    chart.addEventListener('keydown', (event) => {
      const go = keys[event.key];
      if (!go) return;
      event.preventDefault();
      show(go());
    });
  };

  for (const table of document.querySelectorAll('table[data-chart]')) makeReadable(table);

  // What scrolls sideways says so: by a class where there is more to its right.
  const more = (box) => box.classList.toggle('more', box.scrollLeft + box.clientWidth < box.scrollWidth - 1);
  const sizes = new ResizeObserver((entries) => entries.forEach((entry) => more(entry.target)));
  for (const box of document.querySelectorAll('.scroll')) {
    more(box);
    sizes.observe(box);
    box.addEventListener('scroll', () => more(box), { passive: true });
  }
})();
