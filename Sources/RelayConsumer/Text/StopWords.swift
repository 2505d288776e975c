/// Words that say nothing of a text's subject, in the languages briefs are mostly written in.
enum StopWords {
    /// Lower-case words without marks, and the pairs of Chinese and Japanese that ask or connect.
    static let all: Set<String> = {
        let texts = [english, german, french, spanish, italianAndPortuguese, chineseAndJapanese]
        return Set(texts.flatMap { $0.split(whereSeparator: \.isWhitespace).map(String.init) })
    }()

    private static let english = """
        a about above across after again against all almost along already also although always am among an
        and another any anyone anything are around as ask asked at away back be became because become been before
        being below between both but by came can cannot could did do does doing don done down during each
        either else enough etc even ever every everything few find first for from further gave get gets getting give
        given gives go goes going gone got had happen happens has have having he her here hers him his how however
        if in instead into is isn it its itself just keep keeps kept know known least less let like likely ll look made
        make makes making many may maybe me mean means might mine more most much must my need needs neither no
        nor not nothing now of off often on once one ones only onto or other others our ours out over own per perhaps please put
        question questions quite rather re really same say says see seem seems several shall she should since so some
        something still such take taken takes tell than that the their theirs them themselves then there
        therefore these they thing things this those though through thus to together too toward two under
        until up upon us use used uses using usually ve very via want wants was way ways we well were what
        whatever when where whether which while who whom whose why will with within without would yes yet
        you your yours answer answers brief describe explain list please
        """

    private static let german = """
        aber alle allem allen aller alles als also am an ander andere anderem anderen anderer anderes auch
        auf aus bei beim bin bis bist da dabei dafur damit danach dann darauf darf darin das dass daß dein
        deine dem den denen denn der deren des deshalb dessen dich die dies diese diesem diesen dieser dieses dir
        doch dort du durch ein eine einem einen einer eines einfach einige einmal er erst es etwa etwas euch euer
        fur fuer gegen gewesen gibt habe haben hat hatte hatten hier hin hinter ich ihm ihn ihnen ihr ihre ihrem
        ihren ihrer im immer in ins ist ja jede jedem jeden jeder jedes jetzt kann kein keine keinem keinen keiner
        konnen konnte man manche mehr mein meine mich mir mit muss mussen nach nachdem nein nicht nichts noch nun nur
        ob oder ohne schon sehr sein seine seinem seinen seiner seit selbst sich sie sind so solche soll sollen sollte sollten
        steht stehen stellt sondern sonst uber ueber um und uns unser unsere unter viel viele vom von vor wann war waren warum was weil
        welche welchem welchen welcher welches wenn wer werde werden wie wieder wieso will wir wird wirst wo wobei
        womit wurde wurden zu zum zur zwar zwischen wodurch bitte frage fragen
        """

    private static let french = """
        ai alors au aucun aucune aujourd aussi autre autres aux avait avant avec avoir ayant bien car ce ceci cela celle
        celles celui ces cet cette ceux chaque chez ci combien comme comment dans de des donc dont du elle elles en encore
        entre est et etaient etait etant ete etre eux faire fait faut font hors il ils je la laquelle le lequel les lesquelles
        lesquels leur leurs lors lorsque lui ma mais me meme memes mes moins mon ne ni nos notre nous on ont ou par
        parce pas pendant peu peut peuvent plus plusieurs pour pourquoi puis qu quand que quel quelle quelles
        quels qui quoi sa sans se sera ses si son sont sous sur ta te tes ton tous tout toute toutes tres tu un une
        vers vos votre vous est-ce doit doivent
        """

    private static let spanish = """
        al algo algun alguna algunas alguno algunos ante antes aqui asi aun aunque bajo cada casi como con
        contra cosa cual cuales cuando cuanto cuanta cuantos cuantas de debe deben del desde donde dos durante el ella
        ellas ellos en entonces entre era eran es esa esas ese eso esos esta estaba estan estar estas este esto estos
        fue fueron ha hace hacer hacia han hasta hay la las le les lo los mas me mi mientras mis mismo mucho muy
        nada ni nos nosotros nuestra nuestro o os otra otras otro otros para pero poco por porque pues puede pueden que
        quien quienes se sea segun ser si sin sino sobre solo son su sus tal tambien tan tanto te tener tiene tienen
        todo todos tu un una unas uno unos usted y ya yo
        """

    private static let italianAndPortuguese = """
        agli ai alla alle anche che chi ci come con cui da dal dalla dei del della delle di dove e essere gli ha hanno
        ho i il io la le lo loro ma nel nella non o per perche piu quale quali quando quanto quello questa questo se
        sono su sua suo tra un una uno ao aos as com como da das de do dos ela ele em essa esse esta este eu foi isso
        ja mais mas meu muito na nao nas nem no nos num o os ou para pela pelo por qual quais que quem sao sem ser seu
        so sua tem tu um uma voce
        """

    private static let chineseAndJapanese = """
        什么 什麼 怎么 怎麼 怎样 怎樣 如何 哪些 哪个 哪個 是否 为什 為什 为何 為何 多少 我们 我們 可以 应该 應該 以及 需要
        最多 多重 多长 多久 多大 几次 几个 几年 多钱 何年 何度 何時 何人
        一个 一個 这个 這個 因为 因為 所以 如果 但是 没有 沒有 不是 就是 还是 還是 何が 何を どの なぜ これ それ ため もの こと
        """
}
