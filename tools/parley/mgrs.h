#pragma once

// MGRS references (NGA.STND.0037, "Universal Grids and the Transverse Mercator and Polar
// Stereographic Map Projections"), UTM part only: latitudes from 80 S to below 84 N, WGS 84. The
// projection is Krueger's series to the sixth order in n (Karney 2011, "Transverse Mercator with an
// accuracy of a few nanometers", J. Geodesy 85, equations 35 and 36). Floating point is used here
// and nowhere else: what goes into a record is the position, an integer of 1e-7 degrees.

#include <string>
#include <string_view>

#include "tools/parley/quantity.h"

namespace parley::cli {

// "42SWC1234567890" to the centre of that square (10 digits: 1 m; at least 2 digits: 10 km). Blanks
// between the parts are allowed, letters in either case.
StatusOr<LatLon> FromMgrs(std::string_view text);

// To one metre; empty outside UTM's latitudes.
std::string ToMgrs(const LatLon& position);

}  // namespace parley::cli
