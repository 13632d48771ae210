package html

import "strings"

// color is a color of the page, in light and in dark.
type color struct{ name, light, dark string }

// palette are all colors of the page. A test computes their contrasts.
var palette = [...]color{
	{"back", "#ffffff", "#0d1117"},
	{"panel", "#f6f8fa", "#161b22"},
	{"line", "#d1d9e0", "#3d444d"},
	{"control", "#7d8590", "#7d8590"},
	{"text", "#1f2328", "#f0f6fc"},
	{"soft", "#59636e", "#9aa2ab"},
	{"link", "#0958b3", "#79b8ff"},

	{"deny", "#a40e26", "#ffa198"},
	{"deny-back", "#ffebe9", "#3c1618"},
	{"pods", "#8f3a00", "#ffb585"},
	{"pods-back", "#fff1e5", "#3a2113"},
	{"warn", "#6f4e00", "#f2cc60"},
	{"warn-back", "#fff8c5", "#322a0f"},
	{"change", "#0a4a8f", "#9ecbff"},
	{"change-back", "#ddf4ff", "#0f2a45"},
	{"exempt", "#59457a", "#d2bcf6"},
	{"exempt-back", "#f3ecff", "#2a2040"},
	{"pass", "#116329", "#7ee2a0"},
	{"pass-back", "#dcfbe3", "#10301b"},
	{"skip", "#4b535d", "#b6bec7"},
	{"skip-back", "#eceff2", "#262c34"},

	{"requested", "#0a4a8f", "#79b8ff"},
	{"billed", "#bcdcff", "#1b3f66"},
	{"waste", "#c06a00", "#e39a35"},
	{"own", "#868e97", "#78818b"},
	{"bar-deny", "#b62336", "#f47067"},
	{"bar-pods", "#c75300", "#e8833a"},
	{"bar-warn", "#9a6f00", "#d4a72c"},
	{"bar-ignored", "#868e97", "#78818b"},
}

// paletteText writes the palette as custom properties: dark on a screen where the system or the
// reader asks for it, and light on paper.
func paletteText() string {
	var light, dark strings.Builder
	for _, c := range palette {
		light.WriteString("--" + c.name + ":" + c.light + ";")
		dark.WriteString("--" + c.name + ":" + c.dark + ";")
	}
	return ":root{color-scheme:light;" + light.String() + "}\n" +
		"@media screen and (prefers-color-scheme:dark){:root:not([data-theme=light]){color-scheme:dark;" + dark.String() + "}}\n" +
		"@media screen{:root[data-theme=dark]{color-scheme:dark;" + dark.String() + "}}\n"
}
