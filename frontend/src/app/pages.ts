/** The server-rendered pages' own behaviour: bringing files, editing labels and exporting a project. */
import "../styles/pages.css";
import "../styles/project.css";
import "../styles/exports.css";
import "../styles/people.css";
import "../styles/insight.css";
import "../styles/broughtLabels.css";
import { wireExports } from "../pages/exports";
import { wireForms } from "../pages/forms";
import { wireLabels } from "../pages/labelEditor";
import { wireSlicePictures } from "../pages/slicePictures";
import { wireUploads } from "../pages/uploads";
import { switchTheme } from "../store/theme";

wireForms(document);

const drop = document.querySelector<HTMLElement>("[data-drop]");
const uploads = document.querySelector<HTMLElement>("[data-upload-list]");
if (drop && uploads) wireUploads(drop, uploads);

const labels = document.querySelector<HTMLElement>("[data-labels]");
if (labels) wireLabels(labels);

const wanted = document.querySelector<HTMLFormElement>("[data-new-export]");
if (wanted) wireExports(wanted);

const pictures = document.querySelector<HTMLElement>("[data-slice-pictures]");
if (pictures) wireSlicePictures(pictures);

document.querySelector("[data-theme-switch]")?.addEventListener("click", switchTheme);
