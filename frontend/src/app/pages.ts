/** The server-rendered pages' own behaviour: bringing files and editing labels of a project. */
import "../styles/pages.css";
import "../styles/project.css";
import { wireLabels } from "../pages/labelEditor";
import { wireUploads } from "../pages/uploads";

const drop = document.querySelector<HTMLElement>("[data-drop]");
const uploads = document.querySelector<HTMLElement>("[data-upload-list]");
if (drop && uploads) wireUploads(drop, uploads);

const labels = document.querySelector<HTMLElement>("[data-labels]");
if (labels) wireLabels(labels);
