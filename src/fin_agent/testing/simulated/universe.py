"""About sixty invented instruments: the companies of the demo, none of which exists.

``price`` is the close in USD before the first demo day, ``volatility`` the close-to-close standard
deviation in percent a day, ``turnover`` the mean traded value in million USD a day.
"""

from dataclasses import dataclass

from fin_agent.domain.market import Instrument, InstrumentType

_TYPE_UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Company:
    """One row of the table below.

    ``sessions``: daily bars on file before the first demo day, None for all.
    ``twin``: the symbol whose returns this one follows, so that both are highly correlated.
    """

    symbol: str
    label: str
    exchange: str
    sector: str
    kind: str
    price: float
    volatility: float
    turnover: float
    short_float_pct: float | None = None
    leveraged: bool = False
    sessions: int | None = None
    twin: str | None = None

    def instrument(self) -> Instrument:
        """The universe row; its name says that it is simulated."""
        kind = None if self.kind == _TYPE_UNKNOWN else InstrumentType(self.kind)
        packaged = kind in {InstrumentType.ETF, InstrumentType.ETN, InstrumentType.FUND}
        return Instrument(
            symbol=self.symbol,
            name=f"{self.label} (simulated)",
            exchange=self.exchange,
            sector=self.sector,
            type=kind,
            leveraged=self.leveraged,
            kid=False if packaged else None,
            shortable=None if kind is None else not packaged,
            short_float_pct=self.short_float_pct,
        )


COMPANIES: tuple[Company, ...] = (
    # first demo day
    Company("AXLO", "Axlo Robotics", "NASDAQ", "Industrials", "stock", 27.40, 3.2, 190, 8.5),
    Company("BREVA", "Breva Diagnostics", "NASDAQ", "Health", "stock", 17.30, 3.4, 120, 23.0),
    Company("CORVU", "Corvu Logistics", "NYSE", "Transport", "stock", 41.00, 2.6, 150, 4.1),
    Company("DELQO", "Delqo Semiconductors", "NASDAQ", "Chips", "stock", 55.00, 3.0, 310, 6.0),
    Company("EVORI", "Evori Home Brands", "NYSE", "Consumer", "stock", 22.50, 2.7, 95, 11.2),
    Company("FENNO", "Fenno Packaging", "NYSE", "Materials", "stock", 33.10, 2.2, 60, 3.0),
    Company("GILTA", "Gilta Regional Bank", "NYSE", "Financials", "stock", 19.80, 0.9, 45, 2.2),
    Company("HOLMQ", "Holmq Foods", "NYSE", "Consumer", "stock", 28.60, 2.0, 70, 5.1),
    Company("INQUA", "Inqua Water Systems", "NYSE", "Utilities", "stock", 36.20, 2.3, 80, 2.9),
    Company("JUNIV", "Juniv Gene Therapies", "NASDAQ", "Health", "stock", 9.40, 5.5, 55, 27.0),
    Company("KESTI", "Kesti Instruments", "NASDAQ", "Industrials", "stock", 14.20, 2.4, 1.4, 1.1),
    Company("LOMBI", "Lombi Mobile Games", "NASDAQ", "Media", "stock", 1.52, 5.0, 12, 9.0),
    Company("MAXQU", "Maxqu Aerospace", "NYSE", "Industrials", "stock", 486.00, 1.6, 420, 1.5),
    Company("NARVU", "Narvu Cable", "NASDAQ", "Media", "stock", 64.00, 2.0, 90, 3.3),
    Company("OSTRA", "Ostra Biologics", "NASDAQ", "Health", "stock", 12.70, 4.2, 65, 18.0),
    Company("PLYNE", "Plyne Cloud", "NASDAQ", "Software", "stock", 31.00, 4.5, 210, sessions=10),
    Company("QERTA", "Qerta Shipping", "NYSE", "Transport", "adr", 8.90, 2.8, 30, 2.0),
    Company("RUVEL", "Ruvel Mining", "NYSE", "Materials", "adr", 11.30, 2.9, 40, 3.9),
    # second demo day
    Company("SOLVI", "Solvi Therapeutics", "NASDAQ", "Biotech", "stock", 19.50, 3.6, 140, 14.0),
    Company("TYRUS", "Tyrus Networks", "NASDAQ", "Software", "stock", 33.00, 3.0, 180, 7.2),
    Company(
        "UMBRI",
        "Umbri Therapeutics",
        "NASDAQ",
        "Biotech",
        "stock",
        24.00,
        3.4,
        110,
        12.5,
        twin="SOLVI",
    ),
    Company("VEXOR", "Vexor Payments", "NYSE", "Financials", "stock", 46.00, 2.5, 230, 4.4),
    Company("WYNDO", "Wyndo Optics", "NASDAQ", "Chips", "stock", 268.00, 1.9, 380, 2.1),
    Company("XANTI", "Xanti Apparel", "NYSE", "Consumer", "stock", 29.40, 2.3, 75, 6.6),
    Company("YARLO", "Yarlo Airlines", "NASDAQ", "Transport", "stock", 15.60, 2.6, 160, 9.3),
    Company("ZENKO", "Zenko Solar", "NASDAQ", "Energy", "stock", 21.70, 3.3, 130, 24.5),
    # ordinary companies
    Company("ABRIX", "Abrix Software", "NASDAQ", "Software", "stock", 118.00, 1.9, 540, 1.8),
    Company("BOLVI", "Bolvi Insurance", "NYSE", "Financials", "stock", 74.50, 1.2, 160, 1.0),
    Company("CADRU", "Cadru Steel", "NYSE", "Materials", "stock", 38.40, 2.1, 140, 3.7),
    Company("DUNVA", "Dunva Oil", "NYSE", "Energy", "stock", 52.30, 1.8, 360, 2.5),
    Company("ELGRO", "Elgro Seeds", "NYSE", "Materials", "stock", 26.80, 1.7, 85, 2.0),
    Company("FARQI", "Farqi Electronics", "NYSE", "Chips", "adr", 61.20, 2.2, 220, 0.8),
    Company("GOVAR", "Govar Hospitals", "NYSE", "Health", "stock", 88.90, 1.5, 190, 1.6),
    Company("HIBRU", "Hibru Water", "NYSE", "Utilities", "stock", 43.70, 1.0, 95, 1.3),
    Company("IXORA", "Ixora Cruise Lines", "NYSE", "Travel", "stock", 18.20, 2.7, 210, 10.4),
    Company("JEVLO", "Jevlo Retail", "NASDAQ", "Consumer", "stock", 57.60, 1.8, 260, 4.8),
    Company("KRUVA", "Kruva Railways", "NYSE", "Transport", "stock", 134.00, 1.3, 240, 0.9),
    Company("LIQUO", "Liquo Beverages", "NYSE", "Consumer", "stock", 49.30, 1.1, 180, 1.2),
    Company("MIRVO", "Mirvo Storage", "NASDAQ", "Chips", "stock", 82.10, 2.5, 410, 3.1),
    Company("NEPLA", "Nepla Towers", "NYSE", "Property", "stock", 96.40, 1.4, 150, 1.4),
    Company("OQTAN", "Oqtan Energy Services", "NYSE", "Energy", "stock", 23.90, 2.3, 120, 5.0),
    Company("PRAXO", "Praxo Payroll", "NASDAQ", "Software", "stock", 152.00, 1.4, 280, 1.1),
    Company("QUVLI", "Quvli Motors", "NASDAQ", "Autos", "stock", 68.80, 3.1, 890, 7.9),
    Company("RONDI", "Rondi Bank", "NYSE", "Financials", "stock", 34.60, 1.6, 330, 1.7),
    Company("SABRO", "Sabro Homes", "NYSE", "Property", "stock", 59.90, 2.0, 130, 4.0),
    Company("TOLVA", "Tolva Telecom", "NYSE", "Telecom", "adr", 10.80, 1.3, 70, 0.6),
    Company("URQEL", "Urqel Chemicals", "NYSE", "Materials", "stock", 71.00, 1.6, 145, 1.9),
    Company("VULGO", "Vulgo Streaming", "NASDAQ", "Media", "stock", 41.90, 2.8, 300, 6.3),
    Company("WEXLA", "Wexla Defense", "NYSE", "Industrials", "stock", 176.00, 1.3, 310, 0.7),
    Company("YOVIR", "Yovir Pharma", "NYSE", "Health", "adr", 47.20, 1.4, 200, 0.5),
    # what the instrument gate is there for
    Company("QMKTX", "Quiet Market Index ETF", "ARCA", "Funds", "etf", 104.00, 1.0, 2400),
    Company("QTWOX", "Twice Market ETF", "ARCA", "Funds", "etf", 38.00, 2.0, 310, leveraged=True),
    Company("QINVX", "Inverse Chips ETF", "ARCA", "Funds", "etf", 12.40, 2.4, 90, leveraged=True),
    Company("QVOLX", "Storm Gauge ETN", "ARCA", "Funds", "etn", 16.10, 4.0, 75),
    Company("QBNDX", "Quiet Bond Fund", "ARCA", "Funds", "fund", 25.30, 0.4, 40),
    Company("JUNIVW", "Juniv Gene Therapies Warrant", "NASDAQ", "Health", "warrant", 2.3, 7.0, 0.9),
    Company("OLQAU", "Olqa Acquisition Unit", "NASDAQ", "Funds", "unit", 10.20, 0.3, 0.4),
    Company("PEXLR", "Pexl Holdings Right", "NYSE", "Financials", "right", 3.10, 4.0, 0.7),
    Company("ZUMQO", "Zumqo Holdings", "NASDAQ", "Industrials", "unknown", 13.80, 2.1, 25),
)
