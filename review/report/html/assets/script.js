'use strict';
(() => {
  const root = document.documentElement;
  const make = (tag, set, ...children) => {
    const node = Object.assign(document.createElement(tag), set);
    node.append(...children);
    return node;
  };
  const collator = new Intl.Collator('en', {numeric: true, sensitivity: 'base'});

  // Colors: as the system has them, unless the reader chooses. Storage may be off for files.
  const remembered = (value) => {
    try {
      if (value === undefined) return localStorage.getItem('fargate-review-theme') || '';
      localStorage.setItem('fargate-review-theme', value);
    } catch { /* it isn't remembered then */ }
    return '';
  };
  const theme = make('select', {}, ...[['', 'as the system'], ['light', 'light'], ['dark', 'dark']]
    .map(([value, text]) => make('option', {value}, text)));
  const paint = () => {
    if (theme.value) root.dataset.theme = theme.value; else delete root.dataset.theme;
  };
  theme.value = remembered();
  if (theme.selectedIndex < 0) theme.value = '';
  paint();
  theme.addEventListener('change', () => { paint(); remembered(theme.value); });
  document.querySelector('.top').append(make('label', {className: 'theme'}, 'Colors ', theme));

  // Sorting: the headers of a table become buttons.
  const valueOf = (row, column) => {
    const cell = row.cells[column];
    return cell.dataset.v === undefined ? cell.firstChild ? cell.firstChild.textContent : '' : Number(cell.dataset.v);
  };
  const compare = (a, b) => typeof a === 'number' && typeof b === 'number' ? a - b : collator.compare(a, b);
  const sortable = (table, sorted) => {
    const headers = [...table.tHead.rows[0].cells];
    headers.forEach((header, column) => {
      // Browsers don't repeat buttons on each sheet of paper.
      const paper = make('span', {className: 'paper'}, header.textContent);
      const button = make('button', {type: 'button', className: 'sort'}, ...header.childNodes);
      header.replaceChildren(button, paper);
      button.addEventListener('click', () => {
        const first = header.classList.contains('n') ? 'descending' : 'ascending';
        const other = first === 'ascending' ? 'descending' : 'ascending';
        const order = header.getAttribute('aria-sort') === first ? other : first;
        headers.forEach((h) => h.removeAttribute('aria-sort'));
        header.setAttribute('aria-sort', order);
        const sign = order === 'ascending' ? 1 : -1;
        sorted((rows) => rows.map((row) => [valueOf(row.tr || row, column), row])
          .sort((a, b) => sign * compare(a[0], b[0])).map((pair) => pair[1]));
      });
    });
  };
  for (const table of document.querySelectorAll('table.sortable')) {
    const body = table.tBodies[0];
    sortable(table, (order) => body.replaceChildren(...order([...body.rows])));
  }

  const table = document.getElementById('objects-table');
  if (!table) return;
  const body = table.tBodies[0];
  const columns = {};
  [...table.tHead.rows[0].cells].forEach((header, i) => { if (header.dataset.k) columns[header.dataset.k] = i; });
  let rows = [...body.rows].map((tr) => ({tr, rules: tr.dataset.r ? tr.dataset.r.split(' ') : []}));
  const cell = (row, name) => row.tr.cells[columns[name]].textContent;
  const step = 250;
  let limit = step;

  // The details of a row are HTML in its noscript, which is text here: they are parsed when the row
  // opens. Where they are shown they are in the row below it.
  const source = (row) => row.tr.lastElementChild.querySelector('noscript');
  const toggle = (row, open) => {
    if (row.open === open) return;
    row.open = open;
    row.tr.classList.toggle('open', open);
    row.button.setAttribute('aria-expanded', String(open));
    if (!row.detail) {
      const parsed = new DOMParser().parseFromString(source(row).textContent, 'text/html');
      const td = make('td', {colSpan: row.tr.cells.length});
      td.append(document.adoptNode(parsed.querySelector('.card')));
      row.detail = make('tr', {className: 'detail', id: row.button.getAttribute('aria-controls')}, td);
      row.detail.hidden = !open;
    }
    row.detail.hidden = !open;
    if (row.detail.previousElementSibling !== row.tr) row.tr.after(row.detail);
  };
  let made = 0;
  const prepare = (row) => {
    if (row.button) return;
    const header = row.tr.querySelector('th');
    row.button = make('button', {type: 'button', className: 'row'}, make('span', {}, ...header.childNodes));
    row.button.setAttribute('aria-expanded', 'false');
    row.button.setAttribute('aria-controls', 'detail-' + ++made);
    header.append(row.button);
    row.open = false;
    row.tr.classList.remove('more');
    row.tr.addEventListener('click', (event) => {
      if (event.target.closest('a') || !event.target.closest('button') && String(getSelection())) return;
      toggle(row, !row.open);
    });
  };

  // Filters.
  const controls = document.getElementById('controls');
  const search = make('input', {type: 'search', autocomplete: 'off', spellcheck: false});
  const label = (text, control, className) => make('label', {className: className || ''}, text, control);
  controls.append(label('Search names, findings, changes', search, 'find'));
  const choices = {};
  const choice = (key, text, values, of) => {
    const list = [...new Set(values)].filter(Boolean);
    if (list.length < 2 && key !== 'result' && key !== 'rule') return;
    const select = make('select', {}, make('option', {value: ''}, 'all'), ...list.map((v) => make('option', {value: v}, v)));
    select.addEventListener('change', () => draw(true));
    controls.append(label(text, select));
    choices[key] = {select, of};
  };
  const values = (name) => rows.map((row) => cell(row, name)).sort(collator.compare);
  choice('result', 'Result', rows.map((row) => cell(row, 'result')), (row) => [cell(row, 'result')]);
  choice('namespace', 'Namespace', values('namespace'), (row) => [cell(row, 'namespace')]);
  choice('kind', 'Kind', values('kind'), (row) => [cell(row, 'kind')]);
  choice('on', 'Runs on', values('on'), (row) => [cell(row, 'on')]);
  choice('rule', 'Rule', rows.flatMap((row) => row.rules).sort(collator.compare), (row) => row.rules);
  const reset = make('button', {type: 'button', className: 'button'}, 'Reset');
  controls.append(reset);

  const status = make('p', {});
  status.setAttribute('role', 'status');
  const more = make('button', {type: 'button', className: 'button'});
  const openAll = make('button', {type: 'button', className: 'button'}, 'Open all shown');
  const closeAll = make('button', {type: 'button', className: 'button'}, 'Close all');
  document.getElementById('status').append(status, openAll, closeAll, more);

  // What is searched: the writer of this file escapes these characters, and no others.
  const entities = {amp: '&', lt: '<', gt: '>', '#34': '"', '#39': "'"};
  const textOf = (row) => {
    if (row.text === undefined) {
      const details = source(row).textContent.replace(/<[^>]*>/g, ' ').replace(/&(amp|lt|gt|#34|#39);/g, (_, name) => entities[name]);
      row.text = ([...row.tr.cells].map((c) => c.firstChild ? c.firstChild.textContent : '').join(' ') + ' ' + details).toLowerCase();
    }
    return row.text;
  };
  const tiles = new Map();
  let matches = rows;
  const draw = (again) => {
    if (again) {
      limit = step;
      const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
      const active = Object.values(choices).filter((c) => c.select.value);
      matches = rows.filter((row) => active.every((c) => c.of(row).includes(c.select.value)) &&
        (!words.length || words.every((word) => textOf(row).includes(word))));
    }
    const shown = matches.slice(0, limit);
    shown.forEach(prepare);
    body.replaceChildren(...shown.flatMap((row) => row.open ? [row.tr, row.detail] : [row.tr]));
    const of = matches.length === rows.length ? `${rows.length} objects` : `${matches.length} of ${rows.length} objects match`;
    status.textContent = shown.length < matches.length ? `${of}, the first ${shown.length} are shown` : of;
    more.hidden = shown.length === matches.length;
    more.textContent = `Show all ${matches.length}`;
    tiles.forEach((tile, name) => tile.setAttribute('aria-pressed', String(choices.result.select.value === name)));
  };
  let waiting = 0;
  search.addEventListener('input', () => { clearTimeout(waiting); waiting = setTimeout(() => draw(true), 120); });
  reset.addEventListener('click', () => {
    search.value = '';
    Object.values(choices).forEach((c) => { c.select.value = ''; });
    draw(true);
    search.focus();
  });
  more.addEventListener('click', () => { limit = Infinity; draw(false); });
  openAll.addEventListener('click', () => matches.slice(0, limit).forEach((row) => toggle(row, true)));
  closeAll.addEventListener('click', () => { rows.forEach((row) => { if (row.button) toggle(row, false); }); });
  sortable(table, (order) => { rows = order(rows); matches = order(matches); draw(false); });
  // Where the table is narrow its headers aren't shown.
  const sorters = [...table.tHead.querySelectorAll('button.sort')];
  const sorter = make('select', {}, ...sorters.map((b, i) => make('option', {value: i}, b.textContent)));
  sorter.addEventListener('change', () => sorters[Number(sorter.value)].click());
  controls.insertBefore(label('Sort by', sorter, 'narrow'), reset);

  // Totals and rules choose what is shown.
  const pick = (key, value) => {
    const select = choices[key].select;
    select.value = select.value === value ? '' : value;
    draw(true);
  };
  for (const tile of document.querySelectorAll('.tile[data-result]')) {
    const name = tile.dataset.result;
    if (![...choices.result.select.options].some((o) => o.value === name)) continue;
    const button = make('button', {type: 'button', className: tile.className, title: tile.title}, ...tile.childNodes);
    button.addEventListener('click', () => pick('result', name));
    tile.replaceWith(button);
    tiles.set(name, button);
  }
  for (const rule of document.querySelectorAll('#rules-table tbody th')) {
    const name = rule.textContent;
    if (!choices.rule || ![...choices.rule.select.options].some((o) => o.value === name)) continue;
    const button = make('button', {type: 'button', className: 'pick', title: 'Show its objects'}, ...rule.childNodes);
    button.addEventListener('click', () => {
      choices.rule.select.value = name;
      draw(true);
      document.getElementById('objects').scrollIntoView();
      choices.rule.select.focus({preventScroll: true});
    });
    rule.append(button);
  }

  // On paper are all objects that match.
  let before = limit;
  addEventListener('beforeprint', () => { before = limit; limit = Infinity; draw(false); });
  addEventListener('afterprint', () => { limit = before; draw(false); });
  draw(true);
})();
