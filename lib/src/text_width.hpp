#pragma once

#include <string>
#include <string_view>

namespace sbraid {

/// An upper bound of how wide a text is in a picture, in units of `font_size`, whatever sans-serif font,
/// regular or bold, the viewer has: by the advances of the widest of the common ones.
[[nodiscard]] double text_width(std::string_view text, double font_size);

/// The text, or its beginning and its end with `…` between, so that it is no wider than `width`: names of
/// tasks differ at either end.
[[nodiscard]] std::string shortened(std::string_view text, double font_size, double width);

}  // namespace sbraid
