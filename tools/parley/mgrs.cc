#include "tools/parley/mgrs.h"

#include <array>
#include <cmath>
#include <numbers>

namespace parley::cli {
namespace {

constexpr double kA = 6'378'137.0;        // WGS 84 semi-major axis, m
constexpr double kF = 1 / 298.257223563;  // flattening
constexpr double kScale = 0.9996;         // UTM, on the central meridian
constexpr double kN = kF / (2 - kF);
constexpr double kFalseEasting = 500'000.0;
constexpr double kFalseNorthing = 10'000'000.0;  // south of the equator
constexpr double kRadian = std::numbers::pi / 180;
constexpr std::string_view kBands = "CDEFGHJKLMNPQRSTUVWX";
constexpr std::string_view kRows = "ABCDEFGHJKLMNPQRSTUV";
constexpr std::array<std::string_view, 3> kColumns = {"STUVWXYZ", "ABCDEFGH", "JKLMNPQR"};

struct Utm {
  int zone;
  double easting;
  double northing;  // from the equator, negative in the south
};

using Series = std::array<double, 6>;

Series Alpha() {
  const double n = kN, n2 = n * n, n3 = n2 * n, n4 = n3 * n, n5 = n4 * n, n6 = n5 * n;
  return {n / 2 - n2 * 2 / 3 + n3 * 5 / 16 + n4 * 41 / 180 - n5 * 127 / 288 + n6 * 7891 / 37800,
          n2 * 13 / 48 - n3 * 3 / 5 + n4 * 557 / 1440 + n5 * 281 / 630 - n6 * 1983433 / 1935360,
          n3 * 61 / 240 - n4 * 103 / 140 + n5 * 15061 / 26880 + n6 * 167603 / 181440,
          n4 * 49561 / 161280 - n5 * 179 / 168 + n6 * 6601661 / 7257600,
          n5 * 34729 / 80640 - n6 * 3418889 / 1995840,
          n6 * 212378941 / 319334400};
}

Series Beta() {
  const double n = kN, n2 = n * n, n3 = n2 * n, n4 = n3 * n, n5 = n4 * n, n6 = n5 * n;
  return {n / 2 - n2 * 2 / 3 + n3 * 37 / 96 - n4 / 360 - n5 * 81 / 512 + n6 * 96199 / 604800,
          n2 / 48 + n3 / 15 - n4 * 437 / 1440 + n5 * 46 / 105 - n6 * 1118711 / 3870720,
          n3 * 17 / 480 - n4 * 37 / 840 - n5 * 209 / 4480 + n6 * 5569 / 90720,
          n4 * 4397 / 161280 - n5 * 11 / 504 - n6 * 830251 / 7257600,
          n5 * 4583 / 161280 - n6 * 108847 / 3991680,
          n6 * 20648693 / 638668800};
}

double Rectifying() {  // radius of the rectifying sphere
  const double n2 = kN * kN;
  return kA / (1 + kN) * (1 + n2 / 4 + n2 * n2 / 64 + n2 * n2 * n2 / 256);
}

double Eccentricity() { return std::sqrt(kF * (2 - kF)); }

// Tangent of the conformal latitude from the tangent of the geographic one.
double ConformalTan(double tau) {
  const double e = Eccentricity();
  const double sigma = std::sinh(e * std::atanh(e * tau / std::sqrt(1 + tau * tau)));
  return tau * std::sqrt(1 + sigma * sigma) - sigma * std::sqrt(1 + tau * tau);
}

int ZoneOf(double lat, double lon) {
  int zone = static_cast<int>(std::floor((lon + 180) / 6)) + 1;
  if (zone == 61) zone = 1;                                      // 180 E is 180 W
  if (lat >= 56 && lat < 64 && lon >= 3 && lon < 12) return 32;  // south-west Norway
  if (lat >= 72 && lat < 84 && lon >= 0 && lon < 42) {           // Svalbard
    return lon < 9 ? 31 : lon < 21 ? 33 : lon < 33 ? 35 : 37;
  }
  return zone;
}

double MeridianOf(int zone) { return zone * 6.0 - 183.0; }

Utm Project(double lat, double lon, int zone) {
  double delta = lon - MeridianOf(zone);
  if (delta > 180) delta -= 360;
  if (delta < -180) delta += 360;
  const double tau = ConformalTan(std::tan(lat * kRadian));
  const double lambda = delta * kRadian;
  const double xi0 = std::atan2(tau, std::cos(lambda));
  const double eta0 = std::asinh(std::sin(lambda) / std::hypot(tau, std::cos(lambda)));
  double xi = xi0;
  double eta = eta0;
  const Series alpha = Alpha();
  for (size_t j = 0; j < alpha.size(); ++j) {
    const double k = 2.0 * static_cast<double>(j + 1);
    xi += alpha[j] * std::sin(k * xi0) * std::cosh(k * eta0);
    eta += alpha[j] * std::cos(k * xi0) * std::sinh(k * eta0);
  }
  const double r = kScale * Rectifying();
  return {zone, kFalseEasting + r * eta, r * xi};
}

LatLon Unproject(const Utm& utm) {
  const double r = kScale * Rectifying();
  const double xi = utm.northing / r;
  const double eta = (utm.easting - kFalseEasting) / r;
  double xi0 = xi;
  double eta0 = eta;
  const Series beta = Beta();
  for (size_t j = 0; j < beta.size(); ++j) {
    const double k = 2.0 * static_cast<double>(j + 1);
    xi0 -= beta[j] * std::sin(k * xi) * std::cosh(k * eta);
    eta0 -= beta[j] * std::cos(k * xi) * std::sinh(k * eta);
  }
  const double target = std::sin(xi0) / std::hypot(std::sinh(eta0), std::cos(xi0));
  const double e2 = kF * (2 - kF);
  double tau = target;  // Newton's method; three rounds suffice for doubles
  for (int i = 0; i < 5; ++i) {
    const double now = ConformalTan(tau);
    tau += (target - now) / std::sqrt(1 + now * now) * (1 + (1 - e2) * tau * tau) /
           ((1 - e2) * std::sqrt(1 + tau * tau));
  }
  double lon = std::atan2(std::sinh(eta0), std::cos(xi0)) / kRadian + MeridianOf(utm.zone);
  if (lon >= 180) lon -= 360;
  if (lon < -180) lon += 360;
  const double lat = std::atan(tau) / kRadian;
  return {static_cast<int32_t>(std::llround(lat * 1e7)),
          static_cast<int32_t>(std::llround(lon * 1e7))};
}

double BandSouth(size_t band) { return -80.0 + 8.0 * static_cast<double>(band); }

// A reference cut into its parts; false when its form is wrong.
struct Parts {
  int zone = 0;
  size_t band = 0;
  double easting = 0;    // metres, centre of the square
  double row_north = 0;  // metres north of the row letters' start, 0 to 2,000,000
};

bool ReadDigits(std::string_view digits, double* easting, double* northing) {
  if (digits.size() % 2 != 0 || digits.size() < 2 || digits.size() > 10) return false;
  const size_t half = digits.size() / 2;
  double unit = 100'000;
  double e = 0, n = 0;
  for (size_t i = 0; i < half; ++i) {
    if (digits[i] < '0' || digits[i] > '9' || digits[half + i] < '0' || digits[half + i] > '9')
      return false;
    unit /= 10;
    e += (digits[i] - '0') * unit;
    n += (digits[half + i] - '0') * unit;
  }
  *easting += e + unit / 2;
  *northing += n + unit / 2;
  return true;
}

bool Split(std::string text, Parts* out) {
  size_t at = 0;
  while (at < text.size() && at < 2 && text[at] >= '0' && text[at] <= '9')
    out->zone = out->zone * 10 + (text[at++] - '0');
  if (at == 0 || out->zone < 1 || out->zone > 60 || text.size() < at + 5) return false;
  out->band = kBands.find(text[at]);
  const size_t column = kColumns[static_cast<size_t>(out->zone % 3)].find(text[at + 1]);
  const size_t row = kRows.find(text[at + 2]);
  if (out->band == std::string_view::npos || column == std::string_view::npos ||
      row == std::string_view::npos)
    return false;
  const size_t shift = out->zone % 2 == 0 ? 5 : 0;
  out->easting = static_cast<double>(column + 1) * 100'000;
  out->row_north = static_cast<double>((row + 20 - shift) % 20) * 100'000;
  return ReadDigits(std::string_view(text).substr(at + 3), &out->easting, &out->row_north);
}

}  // namespace

StatusOr<LatLon> FromMgrs(std::string_view text) {
  const Status bad = InvalidArgument(fmt::format(
      "position '{}': want decimal degrees such as 34.5284,69.1725 or an MGRS reference such as "
      "42SWC1234567890",
      text));
  std::string clean;
  for (const char c : text) {
    if (c == ' ') continue;
    clean += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  }
  Parts parts;
  if (clean.size() > 15 || !Split(clean, &parts)) return bad;
  // Row letters repeat every 2,000 km: take the one repetition that lies in the band.
  const double south = Project(BandSouth(parts.band), MeridianOf(parts.zone), parts.zone).northing;
  for (int k = -5; k <= 4; ++k) {
    const double northing = parts.row_north + k * 2'000'000.0;
    if (northing < south - 100'000 || northing > south + 1'500'000) continue;
    const LatLon out = Unproject({parts.zone, parts.easting, northing});
    const double lat = out.latitude_e7 / 1e7;
    const double north = parts.band == 19 ? 84.0 : BandSouth(parts.band) + 8;
    // A square that the band's edge cuts may have its centre just outside.
    if (lat > BandSouth(parts.band) - 1 && lat < north + 1) return out;
  }
  return bad;
}

std::string ToMgrs(const LatLon& position) {
  const double lat = position.latitude_e7 / 1e7;
  const double lon = position.longitude_e7 / 1e7;
  if (lat < -80 || lat >= 84) return "";
  const int zone = ZoneOf(lat, lon);
  const Utm utm = Project(lat, lon, zone);
  const auto band = std::min<size_t>(static_cast<size_t>((lat + 80) / 8), kBands.size() - 1);
  const double northing = utm.northing < 0 ? utm.northing + kFalseNorthing : utm.northing;
  const auto e = static_cast<int64_t>(utm.easting);
  const auto n = static_cast<int64_t>(northing);
  const auto column = static_cast<size_t>(e / 100'000 - 1);
  const auto row = static_cast<size_t>(n / 100'000 + (zone % 2 == 0 ? 5 : 0)) % 20;
  return fmt::format("{:02}{}{}{}{:05}{:05}", zone, kBands[band],
                     kColumns[static_cast<size_t>(zone % 3)].at(column), kRows[row], e % 100'000,
                     n % 100'000);
}

}  // namespace parley::cli
