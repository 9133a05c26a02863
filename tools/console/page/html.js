// page/html.js — the one place that knows which library draws: templates are tagged strings, values in them become text or attributes, never markup.
import { Component, createContext, h, render } from 'preact';
import htm from 'htm';

export const html = htm.bind(h);
export { Component, createContext, render };
export { useCallback, useContext, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';

/** Class names that apply: classes('row', late && 'row-late'). */
export const classes = (...names) => names.filter(Boolean).join(' ');
