// page/words/en.js — English, fetched when it is asked for.
import words from './en.json';

export default words;
