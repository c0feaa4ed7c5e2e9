import type { z } from "zod";
import { checkOptions, checkText, declared, refuse, shown } from "../model/options.ts";
import { codesAmong } from "./currency.ts";
import { folded } from "./fold.ts";
import { Problem, readsText } from "./reads.ts";

// ISO 3166-1: each country's two letters, and its three. A test holds the table against a package that is made from the standard.
const table = `
  ADAND AEARE AFAFG AGATG AIAIA ALALB AMARM AOAGO AQATA ARARG ASASM ATAUT AUAUS AWABW AXALA AZAZE BABIH BBBRB BDBGD BEBEL BFBFA
  BGBGR BHBHR BIBDI BJBEN BLBLM BMBMU BNBRN BOBOL BQBES BRBRA BSBHS BTBTN BVBVT BWBWA BYBLR BZBLZ CACAN CCCCK CDCOD CFCAF CGCOG
  CHCHE CICIV CKCOK CLCHL CMCMR CNCHN COCOL CRCRI CUCUB CVCPV CWCUW CXCXR CYCYP CZCZE DEDEU DJDJI DKDNK DMDMA DODOM DZDZA ECECU
  EEEST EGEGY EHESH ERERI ESESP ETETH FIFIN FJFJI FKFLK FMFSM FOFRO FRFRA GAGAB GBGBR GDGRD GEGEO GFGUF GGGGY GHGHA GIGIB GLGRL
  GMGMB GNGIN GPGLP GQGNQ GRGRC GSSGS GTGTM GUGUM GWGNB GYGUY HKHKG HMHMD HNHND HRHRV HTHTI HUHUN IDIDN IEIRL ILISR IMIMN ININD
  IOIOT IQIRQ IRIRN ISISL ITITA JEJEY JMJAM JOJOR JPJPN KEKEN KGKGZ KHKHM KIKIR KMCOM KNKNA KPPRK KRKOR KWKWT KYCYM KZKAZ LALAO
  LBLBN LCLCA LILIE LKLKA LRLBR LSLSO LTLTU LULUX LVLVA LYLBY MAMAR MCMCO MDMDA MEMNE MFMAF MGMDG MHMHL MKMKD MLMLI MMMMR MNMNG
  MOMAC MPMNP MQMTQ MRMRT MSMSR MTMLT MUMUS MVMDV MWMWI MXMEX MYMYS MZMOZ NANAM NCNCL NENER NFNFK NGNGA NINIC NLNLD NONOR NPNPL
  NRNRU NUNIU NZNZL OMOMN PAPAN PEPER PFPYF PGPNG PHPHL PKPAK PLPOL PMSPM PNPCN PRPRI PSPSE PTPRT PWPLW PYPRY QAQAT REREU ROROU
  RSSRB RURUS RWRWA SASAU SBSLB SCSYC SDSDN SESWE SGSGP SHSHN SISVN SJSJM SKSVK SLSLE SMSMR SNSEN SOSOM SRSUR SSSSD STSTP SVSLV
  SXSXM SYSYR SZSWZ TCTCA TDTCD TFATF TGTGO THTHA TJTJK TKTKL TLTLS TMTKM TNTUN TOTON TRTUR TTTTO TVTUV TWTWN TZTZA UAUKR UGUGA
  UMUMI USUSA UYURY UZUZB VAVAT VCVCT VEVEN VGVGB VIVIR VNVNM VUVUT WFWLF WSWSM YEYEM YTMYT ZAZAF ZMZMB ZWZWE
`;

const pairs = table
  .trim()
  .split(/\s+/)
  .map((five) => [five.slice(0, 2), five.slice(2)] as const);
export const countryCodes: ReadonlySet<string> = new Set(pairs.map(([two]) => two));
const twoOfThree: ReadonlyMap<string, string> = new Map(pairs.map(([two, three]) => [three, two]));
/** Codes that are used and are none. */
const meant: Readonly<Record<string, string>> = { UK: "GB", EL: "GR" };

export interface CountryOptions<C extends string = string> {
  /** Only these, by their two letters; all of ISO 3166-1 by default. */
  of?: readonly C[];
  /** Takes names too, in this language (`"en"`, `"de"`, …) as Unicode's CLDR writes them, case and accents apart. */
  names?: string;
}

/** A few from all over the list. */
function spread(all: readonly string[]): readonly string[] {
  const step = Math.max(1, Math.floor(all.length / 12));
  return all.filter((_, index) => index % step === 0).slice(0, 12);
}

/**
 * A country, as its two letters of ISO 3166-1. Takes two letters and three (`AUS`), and names where `names` says in which language.
 *
 * @throws {WaybillError} `bad-definition` when an option is unknown, a code is none, or there are no names in that language.
 * @example z.object({ country: country({ names: "en" }) }) // "Australia", "AUS" and "au" give "AU"
 */
export function country<const C extends string = string>(options: CountryOptions<C> = {}): z.ZodType<C, string> {
  const thing = declared("country()");
  checkOptions(thing, options, { of: true, names: true } satisfies Record<keyof CountryOptions, true>);
  const allowed = codesAmong(thing, options.of, countryCodes);
  const named = options.names === undefined ? undefined : namesIn(options.names);
  const what = `is not a country's code, such as "AU" or "DEU"${named === undefined ? "" : ", or name"}`;

  return readsText({ examples: spread([...allowed]), minLength: 2 }, (given) => {
    const upper = given.toUpperCase();
    const code = countryCodes.has(upper) ? upper : (twoOfThree.get(upper) ?? named?.get(folded(given)));
    if (code === undefined) {
      const better = meant[upper];
      return new Problem(better === undefined ? what : `${what}; for ${upper} it is ${better}`);
    }
    if (allowed.has(code)) return code as C;
    return new Problem(`is ${code}, and only ${[...allowed].join(", ")} are expected`);
  });

  function namesIn(language: string): ReadonlyMap<string, string> {
    checkText(thing, "names", language, 'A language: "en", "de", "fr".');
    let supported: readonly string[] = [];
    try {
      supported = Intl.DisplayNames.supportedLocalesOf(language);
    } catch {
      // Not even the form of a language.
    }
    if (supported.length === 0)
      refuse(
        thing,
        `names is ${shown(language)}, and there are no names in that language.`,
        'Such as "en", "de", "fr".',
      );
    const long = new Intl.DisplayNames(language, { type: "region" });
    const short = new Intl.DisplayNames(language, { type: "region", style: "short" });
    return new Map(
      [...countryCodes].flatMap((code) =>
        [long, short].map((names) => [folded(names.of(code) ?? code), code] as const),
      ),
    );
  }
}
