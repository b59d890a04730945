"""Letters for charts: printable ASCII of Aileron Regular (CC0) at 15 pixels, so that a chart needs no library and no font."""

import base64
import zlib

HEIGHT = 19
"""Of each letter, in pixels."""
FIRST = 32
"""Code of the first letter."""
WIDTHS = (
    3,
    3,
    6,
    9,
    9,
    12,
    10,
    3,
    5,
    5,
    9,
    9,
    3,
    4,
    3,
    5,
    9,
    9,
    9,
    9,
    9,
    9,
    9,
    9,
    9,
    9,
    3,
    3,
    9,
    9,
    9,
    8,
    13,
    10,
    10,
    10,
    11,
    9,
    9,
    11,
    11,
    4,
    8,
    9,
    9,
    13,
    11,
    11,
    10,
    11,
    10,
    10,
    10,
    10,
    9,
    14,
    9,
    9,
    10,
    5,
    5,
    5,
    9,
    8,
    5,
    8,
    9,
    8,
    9,
    8,
    4,
    9,
    8,
    3,
    3,
    8,
    3,
    13,
    8,
    9,
    9,
    9,
    5,
    7,
    5,
    8,
    8,
    12,
    7,
    8,
    8,
    5,
    5,
    5,
    8,
)
"""Of each letter, in pixels."""
PACKED = (
    "c-pmDZEO?g9siwuc5KIXF2ICVUhGZ#utABfsq3VzB-S*kpU8PqKTIkROP%_yv8TOs(hBh;Hgy6LGpP~`5=_zdVWW%7=up=IE"
    "?pNf0+<d;#@LcHBqY#bUt))s#<~5T3xPmza%Z&Xe2<@d?)=>U_4oh(9|Mawb(wbWqhO_NVEzO0q;~&<YTGw_K+Q{O;NZ(}_W"
    "!33QZ@&CcO{V5^)L?q81U5wVNd5wEcRud%Zos~e;9!mZfEV|>hlQvmej4+4*<^T4B6_yaT4sf6Yt~;r^B34tPt$F8N&@UJzs"
    "DSie8O~nK5z4ZIGzGb|VOkPV&lqWZa>lx&D@C09UbTDr{Lg(oQ`G|C>;t2Jt!gc9B@=oUTvQUQkpe6y~KWI{#s`D7H@hQ)Mx"
    "IR(@3!@1PmADU{F@mdDW)lqTRyU^^rY&eX$CJAv25yf=v*a2EJ>M*&;mNn;or;I+spH6Y2FgdN@cqVWEcLQa1OB&9^PRwYy_"
    "Ycqp7U7vb*#zJ%FO1?_>+U}UqV76iY<g4&0wk&?ZFMDS8>katKm|y-PTt#OIqo~c&0OHh?L!))HESaDp>XP^iIwJ8X+RIV%Y"
    "&!ZCJbhh*oP0=56$U1o{rGjoHfg&;3vm?eL9}shHC4Kb-oB1!18u4?385g}yi&e-^DsiO6*)(WMh85d1<t+C`E^NIK^&Lh)M"
    "|?Mf1#%Tk`+aFbFEe~*AQ3WdqIOcr7Dgb*(D6=)d|3^>vyqH=#0$bcPIMb9g;`!5^4$(Nc;!~t|9rFp;Pm#o*RSxs_im*U{3"
    "^IEGO(!VKqq@>aYt-sEg1IJHu)M?NjCrpw3`Ycr#>y^g?u-dHP~>bpdO`Jh$-lTQDlD$@eL%57>GQ!h8p8XV9RR72ipFpIz8"
    "$6RlUd5?r5=y2?rOtL`kv&>L)w@#n7?>u|w-<*A!T3o^)ii4f-bsAdrE{NV-Hu??)O?4k`)b{6R}f2%V|8FAm%Nw%rYLzI*6"
    "SHiO{a~7L2Vpt`Z5$_)Wp;y;$;R&0d$RN&X5VtXXkM0j==(a%T8am_U`eXJ_&>}QL>ltFK<)R<)GAu+Z<Xk<aHD`roG#-&Qo"
    "JT0xeQHCxHv85WwKk~~i258_)0f8WDI#Df+OsMdh;I4Kl?0CQXACD-BKEz4r0I9e2U~$c&R&|l_hr%@lE#5w;wUqbn`Ov@^`"
    "WpQMdPA}IS1l=yl9CPS=X-zi5@Eis5mrsYjd0{D;%xQuyYo~4biR3@Wz-$QGGstJt$odJ~dcN+WP|3<1?zzuF;9hZ+m&;n(e"
    "N#HfMOI<(R5d7o_gF^8yI{X@P`oVrVc!Jmb(cz@aqCS-Dqmd<j-%q(2gYL~M9WC=$?Wo^bv4yq^y|S!|n)#{Hj0vFfnYmhcc"
    "IyQLD%;yZ@K8J7LJCgdJh&H%NV?MCn`=M>u?rhi^VvP|-1L&~Z$Z>ZlB(PJK1eA)TO;)&I~b4e2F(s4q-nAD5srVp6aHuH@F"
    "Eu|=H_7YbZfm|FB%AuJ}sxht|kMNoOVZP*SRjFUaL2$;hGS)RA6C`-5*MKffzLSN&Ls7}ZRf@a^dnm!>S^qP<2rL^A;_TTil"
    ";J!Z78ik>TxF%Cjtixh(?VrxSS-0u4C_l`=*o%3{ofN>Z#Dez-(o21iuD(*$&V=r?Xn$Hyp+zEuxQtSkXOqx!lA>k=yvon6G"
    "++aC~MDy7QM^55D9NHKz9%FW^gY(djpSlRvW4M83chjoF=VFgKXL0z+k4{;7cIlsNnWJ!MJ|S$gg5nAd$wdDz;u>S}mfBi_1"
    "O%FhW&wNzA<~y1m9D))d0LC<gy7W{9NuH3UQr=ExuABK9pMBWcAx0lZDSY^RxRTS=ls6Tne;th6h37BS1flLfj^gb}3nq<vJ"
    "dYNgntAf>`2Gj>k~US{g7R7aSfx-#AbnwF5#kGC^<I76j}3e`Cri<J`*v@pq>PGPS<VZWBcB~QlnrY4O$3*OkUV?de+D0|!~"
    "T-t=qz6kd2MnDCcFTh8Wt1G}&O`;~z2oE_3ra@13brk-eQt2vVi(^`W?dl=m6vOLI$P=vlU8Xauw^(_7f0ET~jb<ytm;N)*w"
    "4Zj=op>BZTC*V`;8nsjMdsxi7uul<*+hI^B}#`A%mZDM_lk@KwV~c6393@5n;-F6Fuwto&OU`j^z1haYkt2v|6yHOV0oW8uw"
    "-=z?@uTzu^)BB6~j6n?gWnD|Ja%;Myll?!%x)Q`44bN>B0{v1?TVkl`G$hFP%Vq$t_!du(ccyn~CCc&1d6uLN13}Vrmp!Vr!"
    "xxwkDR9XnN{D93^?O|Dsh2x0Iu<AxAL~!|MXNn|N~kBlnPF0z0Q7R+EC7e2>PeJ6}Hum$7fMR8*&2u|w$!Z`RQDS=?gStjYf"
    "sJA&#LCg9md6F*27VA%A=I)hskcm9tRf4Bc2GoLzrn<mdWOuu#ORGZQsZZ;@iCRm_gS`4NrnLJ<oC(SG1^-!=eiAw1DP#U*s"
    "Dy*KY&8bllBV|o^#oY7pWUOF$Cu?)}isxWireW?jGC#`;w-?JPJ?B-WlUdXt)b=3MJoCV3i=6LZ2Icu=v8`(HnOI#7=Buwve"
    "Xaikd8+>S`zwSDN=C*rD+uul+?T}cMU}bSte|671ijFf;K!hclq3Q0!V1KGOM!OLiS}@d*a?hPL8J*swjMOhIp3lcncDh8iZ"
    "DX59)P%s*7}(eik`L?ZPD7h5y;)iXVE4XT?OI53#5{)Zj=^1^-#Ph!fP_RKdN0-5n6X?fmEaB=<l(l?Nh)=E2R>MxYM4rKOz"
    "^Jf#Kc2b~;8V`vhU&GU{^ZYsUsnnrI5{zUUnACob&qq}*>8Huxj<Ql@S*@ZW^@GGQz1Dp_8i<?-MB$yOFG5p*Qsz6-}tNg8$"
    "zz6Y=QDy)_vew)S+FoGRCE+VwFz;K)b>nlj*nT<;)v!b$zKOl@PPic&+QgE%zt|lP<?!d2S?^S3g6j6Z9SV9LvQFiwYBh0(="
    "{*ziTshQ~>Jl>pQjxl?K`7z%RnZ1lF%_*yb_l|wN(D>D^1xthf0m)27v;"
)
"""Darkness of each pixel, 0 to 15, two in a byte, letter after letter, row after row; compressed."""


def letters() -> dict[str, list[bytes]]:
    """Return the rows of each letter; a pixel is 0 to 15."""
    packed = zlib.decompress(base64.b85decode(PACKED))
    pixels = bytes(half for byte in packed for half in (byte >> 4, byte & 15))
    found: dict[str, list[bytes]] = {}
    begin = 0
    for offset, width in enumerate(WIDTHS):
        found[chr(FIRST + offset)] = [
            pixels[begin + row * width : begin + (row + 1) * width] for row in range(HEIGHT)
        ]
        begin += width * HEIGHT
    return found
