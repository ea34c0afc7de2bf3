"""What is heard in a sentence, slot by slot: sentence on the left, expected value on the right."""

from __future__ import annotations

import pytest

from intents.slots import Slot, SlotName, extract, parse_reply

SURE = 0.4
"""Below this confidence a place is only a hint and the citizen is asked again."""


def heard(name: SlotName, sentence: str) -> Slot | None:
    return next((slot for slot in extract(sentence) if slot.name == name), None)


PLACES: list[tuple[str, str]] = [
    ("我在西湖区文三路259号昌地火炬大厦门口有人打架", "西湖区文三路259号昌地火炬大厦门口"),
    ("余杭区五常街道西溪永乐城8幢着火了", "余杭区五常街道西溪永乐城8幢"),
    ("我在地铁2号线武林广场站B口钱包被偷了", "地铁2号线武林广场站B口"),
    ("G60沪昆高速杭州方向112公里处追尾了", "G60沪昆高速杭州方向112公里处"),
    ("中山路和解放路交叉口撞车了", "中山路和解放路交叉口"),
    ("人民路人民广场那里有人晕倒了", "人民路人民广场"),
    ("我家住在三里亭苑二区三幢二零一", "三里亭苑二区三幢二零一"),
    ("上塘路高架下面有人摆摊", "上塘路高架下面"),
    ("你们快来滨江区江陵路星光大道对面", "滨江区江陵路星光大道对面"),
    ("在浙二医院急诊门口", "浙二医院急诊门口"),
    ("宁波鄞州区万达广场三楼有人偷东西", "宁波鄞州区万达广场三楼"),
    ("乐清柳市镇车站路边上的工地在打桩", "乐清柳市镇车站路边上的工地"),
    ("义乌国际商贸城二区门口", "义乌国际商贸城二区门口"),
    ("富阳区银湖街道有个小孩掉水库了", "富阳区银湖街道"),
    ("我在柯桥轻纺城这边被骗了三千块", "柯桥轻纺城"),
    ("嘉兴南湖区中环南路跟由拳路口堵死了", "嘉兴南湖区中环南路跟由拳路口"),
    ("台州椒江区白云街道的星明小区5幢1单元", "台州椒江区白云街道的星明小区5幢1单元"),
    ("28路公交车上有人偷手机", "28路公交车上"),
    ("萧山国际机场T3航站楼出发层", "萧山国际机场T3航站楼出发层"),
    ("绍兴上虞曹娥街道凤凰山庄旁边的鱼塘", "绍兴上虞曹娥街道凤凰山庄旁边的鱼塘"),
    ("老板跑了,店在延安路银泰负一楼", "延安路银泰负一楼"),
    ("我们村里,东阳横店镇任湖田村,有人挖沙", "东阳横店镇任湖田村"),
    ("温州火车站出站口有个老人晕倒", "温州火车站出站口"),
    ("湖州吴兴区织里镇童装城后面仓库着火", "湖州吴兴区织里镇童装城后面仓库"),
    ("金华婺城区三江街道宾虹路上有个大坑", "金华婺城区三江街道宾虹路"),
    ("舟山定海区昌国街道海滨公园东门", "舟山定海区昌国街道海滨公园东门"),
    ("丽水莲都区丽阳街888号楼下烧烤摊", "丽水莲都区丽阳街888号楼下烧烤摊"),
    ("我现在在杭州东站地下停车场", "杭州东站地下停车场"),
    ("公司在未来科技城欧美金融城5楼欠我工资", "未来科技城欧美金融城5楼"),
    ("杭甬高速往宁波方向绍兴出口附近翻车", "杭甬高速往宁波方向绍兴出口附近"),
    ("电梯坏了在丁桥镇长睦花苑7幢2单元电梯里", "丁桥镇长睦花苑7幢2单元电梯里"),
    ("我 在 拱墅区 大关 小区 东 五 苑 6 幢 门口 被 打 了", "拱墅区大关小区东五苑6幢门口"),
    ("慈溪观海卫镇卫山路那个菜场门口天天占道", "慈溪观海卫镇卫山路那个菜场门口"),
    ("北仑小港那边的化工厂夜里放臭气", "北仑小港那边的化工厂"),
    ("我被关在瑞安塘下一个厂房二楼", "瑞安塘下"),
    ("有人在钱塘江边要跳下去就在四桥下面", "钱塘江边"),
    ("海宁皮革城门口的黄牛", "海宁皮革城门口"),
    ("乌镇西栅景区里有人落水", "乌镇西栅景区"),
    ("我在武林路龙游路口这里", "武林路龙游路口"),
    ("平湖当湖街道东湖大道汽车站", "平湖当湖街道东湖大道汽车站"),
    ("临平南苑街道世纪大道地铁站A口", "临平南苑街道世纪大道地铁站A口"),
    ("余姚阳明西路肯德基", "余姚阳明西路肯德基"),
    ("永康五金城旁边那个停车场", "永康五金城旁边那个停车场"),
    ("桐乡濮院毛衫市场", "桐乡濮院毛衫市场"),
    ("人在古墩路沃尔玛门口,腿流血", "古墩路沃尔玛门口"),
    ("三墩镇金渡北路亲亲家园三期12-2-501", "三墩镇金渡北路亲亲家园三期12-2-501"),
    ("我在城西银泰三楼被人抢了手机", "城西银泰三楼"),
    ("湖滨路跟学士路口撞车了", "湖滨路跟学士路口"),
    ("孩子在海宁硖石,五岁", "海宁硖石"),
    ("西湖断桥那里有人掉水里了", "西湖断桥"),
    ("她住萧山区金城路新城公寓5幢", "萧山区金城路新城公寓5幢"),
    ("我妈住采荷新村8幢", "采荷新村8幢"),
    ("我们这边是文三路259号", "文三路259号"),
    ("定位在文三路259号", "文三路259号"),
    ("我现在在文三路259号", "文三路259号"),
    ("隔壁饭店油烟机对着我窗户吹，在体育场路", "体育场路"),
    ("高架桥下面的烧烤摊把人行道占完了，在机场路", "机场路"),
    ("楼下饭店油烟太大，地址翠苑三区12幢", "翠苑三区12幢"),
    ("我们小区门口有人打架，彩虹城", "彩虹城"),
    ("采荷人家那边有人打架", "采荷人家"),
    ("楼上漏水，近江家园9园", "近江家园9园"),
    ("楼下广场舞的喇叭太响，在三里亭", "三里亭"),
    ("余杭未来海岸8幢有人撬锁", "余杭未来海岸8幢"),
    ("湖州织里那条富民路,路灯坏了", "湖州织里那条富民路"),
]


NOT_PLACES: list[str] = [
    "楼上邻居天天吵",
    "网上被骗了两万",
    "我在微信上被骗",
    "在家里煤气漏了",
    "心里难受不想活了",
    "我家在漏水",
    "公司不发工资怎么办",
    "派出所几点上班",
    "学校可以这样收费吗",
    "我要去银行办卡",
    "他在路上被撞了",
    "我在上班",
    "我要投诉楼下饭店油烟熏人",
    "楼下饭店太吵",
    "我家楼下烧烤摊太吵",
    "对面那套房天天吵",
    "附近工地半夜施工",
    "隔壁那家烧烤店",
    "我们小区停电了",
    "我们公司不发工资",
    "一家科技公司骗了我",
    "在一家餐饮公司上班",
    "人家打我",
    "不认得路",
]


CORRECTIONS: list[tuple[str, str]] = [
    ("不是彩虹城是彩虹豪庭8幢", "彩虹豪庭8幢"),
    ("不对，是文二路", "文二路"),
    ("说错了应该是3幢", "3幢"),
    ("不是城西银泰是城北银泰", "城北银泰"),
    ("不是5幢，是6幢", "6幢"),
    ("说错了,不是文三路259号,应该是文三路295号", "文三路295号"),
    ("地址错了,改成教工路18号", "教工路18号"),
]
"""What a correction puts right is the place, however short."""


VAGUE_PLACES: list[tuple[str, str]] = [
    ("孩子在学校被打了", "学校"),
    ("他手里拿着刀在我们楼下转", "我们楼下"),
    ("电瓶车在二楼楼道炸了", "二楼楼道"),
    ("就听见砰一声,在二楼", "二楼"),
]


AMOUNTS: list[tuple[str, float | None]] = [
    ("五千块", 5000.0),
    ("骗了3万", 30000.0),
    ("两千五没还我", 2500.0),
    ("三千六百元", 3600.0),
    ("被骗1.5万", 15000.0),
    ("大概八九千块", 8000.0),
    ("二十多万", 200000.0),
    ("扣了我一百五", 150.0),
    ("转了12000给他", 12000.0),
    ("转账3500元", 3500.0),
    ("损失两万零五百", 20500.0),
    ("罚款200", 200.0),
    ("欠薪十七万八", 178000.0),
    ("押金三百八", 380.0),
    ("花了9块9", 9.9),
    ("被骗60万元", 600000.0),
    ("充了1,500元", 1500.0),
    ("要我交三四千", 3000.0),
    ("￥800押金", 800.0),
    ("8千多块", 8000.0),
    ("扣我工资五百", 500.0),
    ("卡里没了两百六十块", 260.0),
    ("一共欠我三万多", 30000.0),
    ("要价一千二", 1200.0),
    ("十五块停车费", 15.0),
    ("一万二千三百四十五元", 12345.0),
    ("欠我八千", 8000.0),
    ("两万八", 28000.0),
    ("三千六百五", 3650.0),
    ("1千2", 1200.0),
    ("五百来块", 500.0),
    ("二十几万", 200000.0),
    ("两三千", 2000.0),
    ("多收了我两百三十七块五,要退", 237.5),
    ("多收四十", 40.0),
    ("三块五", 3.5),
    ("百来块", 100.0),
    ("上万块", 10000.0),
    ("一万二分三次给", 12000.0),
    ("工资八千一个月", 8000.0),
    ("八千米", None),
    ("住三楼五百号", None),
    ("有三百人", None),
    ("晚上十点钟", None),
    ("拨打12345", None),
    ("千万别来", None),
    ("两百米外", None),
    ("三千平的厂房", None),
    ("塌了一块", None),
    ("2024年交的", None),
    ("一百二十公里", None),
    ("二十个人", None),
    ("110来了", None),
    ("身份证330102199001011234", None),
]


PHONES: list[tuple[str, str | None]] = [
    ("我电话138 0000 1234", "13800001234"),
    ("幺三八零零幺三八零零零", "13800138000"),
    ("一三九一二三四五六七八", "13912345678"),
    ("打0571-88001234", "057188001234"),
    ("座机057188001234", "057188001234"),
    ("400-800-1234", "4008001234"),
    ("座机87001234", "87001234"),
    ("电话是一八六五七一零零零洞洞", "18657100000"),
    ("+86 13800001234", "13800001234"),
    ("138-0000-1234", "13800001234"),
    ("幺五拐零零零零幺幺两两", "15700001122"),
    ("身份证330102199001011234", None),
    ("卡号6222020200112233445", None),
    ("打了12345没用", None),
    ("96110打过来", None),
    ("电话是13800001234不对是13900001234", "13900001234"),
]


PLATES: list[tuple[str, str | None]] = [
    ("浙A12345", "浙A12345"),
    ("浙a d12345", "浙AD12345"),
    ("浙A·D12345", "浙AD12345"),
    ("浙A.12345", "浙A12345"),
    ("浙江A12345", "浙A12345"),
    ("浙B1234警", "浙B1234警"),
    ("沪C8K2M9", "沪C8K2M9"),
    ("浙a幺二三四五", "浙A12345"),
    ("浙AF00001", "浙AF00001"),
    ("苏E 7788X", "苏E7788X"),
    ("皖P1234学", "皖P1234学"),
    ("在浙A大楼", None),
    ("浙江人", None),
]


INJURIES: list[tuple[str, bool | None]] = [
    ("没人受伤", False),
    ("流血了", True),
    ("头破了", True),
    ("骨折", True),
    ("没伤到", False),
    ("人没事", False),
    ("有没有人受伤我不知道", None),
    ("工伤怎么认定", None),
    ("他被打伤了", True),
    ("我爸晕倒了", True),
    ("都没受伤", False),
    ("没有流血", False),
    ("手被砍了一刀在流血", True),
    ("车坏了人没伤", False),
    ("孩子没受伤老人腿断了", True),
    ("献血去哪里", None),
    ("手机屏幕破了", None),
    ("伤心死了", None),
    ("头开瓢了", True),
    ("腿断了", True),
    ("胳膊动不了", True),
    ("疼得起不来", True),
    ("送医院了", True),
    ("救护车拉走了", True),
    ("已经扎到保安胳膊了", True),
    ("二十多个工友肚子疼", True),
    ("头上鼓了个包", True),
    ("没伤着", False),
    ("没啥大事", False),
    ("没什么大事", False),
    ("皮都没破", False),
    ("手机摔破了", None),
    ("车动不了", None),
]


WEAPONS: list[tuple[str, bool | None]] = [
    ("他拿刀", True),
    ("没拿刀", False),
    ("手里有棍子", True),
    ("拿菜刀砍人", True),
    ("有枪", True),
    ("刀具店几点关门", None),
    ("切菜切到手", None),
    ("持刀抢劫", True),
    ("没有刀", False),
    ("不知道有没有刀", None),
    ("菜刀能寄快递吗", None),
    ("带着西瓜刀", True),
    ("空着手", False),
    ("捅了一刀", True),
    ("玩具枪在哪买", None),
    ("抡着锄头", True),
    ("赤手空拳", False),
    ("没带家伙", False),
    ("没有动刀", False),
    ("没动刀", False),
    ("没拿东西", False),
    ("没动手没动刀", False),
    ("动刀了", True),
    ("手上有把大剪子", True),
    ("医生说我爸要动刀", None),
    ("家里什么都没拿走", None),
]


ONGOING: list[tuple[str, bool | None]] = [
    ("正在打", True),
    ("还在吵", True),
    ("打着呢", True),
    ("已经走了", False),
    ("停了", False),
    ("人跑了", False),
    ("结束了", False),
    ("昨天被偷了", False),
    ("现在还在砸", True),
    ("还没停", True),
    ("刚走", False),
    ("不打了", False),
    ("火已经灭了", False),
    ("人被困住了", True),
    ("上周发生的", False),
    ("办居住证要什么", None),
    ("在烧", True),
    ("在砸", True),
    ("堵着", True),
    ("漏着水", True),
    ("还围着", True),
    ("火越烧越大", True),
    ("三楼冒黑烟", True),
    ("早就停了", False),
    ("跑掉了", False),
    ("打完了", False),
    ("被警察带走了", False),
    ("已经没在打了", False),
    ("我在烧烤店", None),
]


TIMES: list[tuple[str, str | None]] = [
    ("刚才被抢了", "刚才"),
    ("昨天晚上十点多打架", "昨天晚上十点多"),
    ("今天凌晨3点施工", "今天凌晨3点"),
    ("上个月丢的", "上个月"),
    ("三天前交的钱", "三天前"),
    ("每天早上六点放音乐", "每天早上六点"),
    ("从上周开始停水", "从上周开始"),
    ("已经两个小时了没人来", "已经两个小时了"),
    ("8月3号下午买的", "8月3号下午"),
    ("半小时前撞的", "半小时前"),
    ("周六晚上十一点半还在敲", "周六晚上十一点半"),
    ("前几天被骗", "前几天"),
    ("22:30还在施工", "22:30"),
    ("半夜两点装修", "半夜两点"),
    ("去年三月签的合同", "去年三月"),
    ("今早有人撬门", "今早"),
    ("三栋二单元", None),
    ("早点来", None),
    ("有点吵", None),
]


PEOPLE: list[tuple[str, str | None]] = [
    ("三个人打我", "三个人"),
    ("两男一女", "两男一女"),
    ("有一个老人晕倒", "一个老人"),
    ("十几个人围着", "十几个人"),
    ("我和孩子被困", "我和孩子"),
    ("我爸晕倒", "我爸"),
    ("一群人闹事", "一群人"),
    ("三个男的追我", "三个男的"),
    ("一家四口中毒", "一家四口"),
    ("五名工人受伤", "五名工人"),
    ("个人所得税怎么退", None),
    ("三个月了", None),
]


DEMANDS: list[tuple[str, str | None]] = [
    ("我要投诉物业乱收费", "投诉物业乱收费"),
    ("希望尽快修路灯", "修路灯"),
    ("我要求他赔偿三千块", "赔偿三千块"),
    ("想让社区来调解", "来调解"),
    ("能不能派人来看看", "派人来看看"),
    ("请你们帮我把车挪走", "帮我把车挪走"),
    ("我想问居住证怎么办", None),
    ("赶紧派人来", "派人来"),
    ("我要退款", "退款"),
    ("我要投诉他们乱收费", "投诉他们乱收费"),
    ("我想要回工资", "要回工资"),
    ("想查监控", "查监控"),
    ("就想要个书面道歉", "书面道歉"),
    ("让他别再来我店里闹", "别再来我店里闹"),
    ("我想让他把钱还给我", "把钱还给我"),
    ("多收了钱,要退", "退"),
    ("我想轻生怎么办", None),
    ("我要把他们都杀了", None),
    ("我希望他去死", None),
    ("我要报警有人打架", None),
    ("我要点外卖", None),
    ("我要办身份证", None),
    ("我想查公积金余额", None),
    ("我要转人工", None),
    ("派出所民警现在正动手打我弟弟", None),
    ("我想咨询一下落户", None),
    ("我要反映一个情况", None),
    ("老板要我赔钱", None),
]


NAMES: list[tuple[str, str | None]] = [
    ("我叫张三", "张三"),
    ("我姓李", "姓李"),
    ("我是王女士", "王女士"),
    ("我叫欧阳明", "欧阳明"),
    ("我叫张三丰住在文三路", "张三丰"),
    ("我叫了外卖", None),
    ("我是杭州的", None),
    ("免贵姓陈", "姓陈"),
    ("我是业主", None),
]


REPLIES: list[tuple[SlotName, str, str | bool | float | None]] = [
    ("location", "我在文三路", "文三路"),
    ("location", "就在断桥那里", "断桥"),
    ("location", "地址是翠苑三区12幢", "翠苑三区12幢"),
    ("location", "嗯城西银泰三楼", "城西银泰三楼"),
    ("location", "星光城二期", "星光城二期"),
    ("location", "硖石", "硖石"),
    ("location", "我在文三路有人打架你们快来", "文三路"),
    ("location", "不知道", None),
    ("location", "不想说", None),
    ("location", "没有", None),
    ("location", "不清楚这是哪里", None),
    *(
        ("location", answer, None)
        for answer in (
            "说不清楚，我也不认得路",
            "我也不知道这是哪",
            "不晓得啥地方",
            "老板欠我工资",
            "什么时候来",
            "你们快点来啊",
            "他还在打我",
            "他还在砸门",
            "我迷路了",
            "头好疼",
            "门打不开",
            "我是外地人",
            "三个人",
            "昨天晚上",
            "跟刚才一样",
        )
    ),
    *(
        ("location", answer, answer)
        for answer in (
            *("天都城", "采荷人家", "近江家园9园", "银泰三楼", "彩虹豪庭", "御景名苑", "西溪嘉苑", "大关新村"),
            *("龙湖公馆", "江南府", "龙泉", "天台", "云和", "景宁", "三里亭", "采荷", "打铁关", "来福士", "理想银泰城"),
        )
    ),
    ("location", "她住萧山区金城路新城公寓5幢", "萧山区金城路新城公寓5幢"),
    ("location", "我妈住天都城", "天都城"),
    ("location", "人在天都城", "天都城"),
    ("location", "我们这边是天都城", "天都城"),
    ("location", "位置是天都城", "天都城"),
    ("location", "定位在天都城", "天都城"),
    ("location", "好像是采荷人家", "采荷人家"),
    ("location", "我们小区叫采荷人家", "采荷人家"),
    ("location", "不是天都城是天水城", "天水城"),
    ("location", "采荷人家，你们快点来", "采荷人家"),
    ("location", "天都城，他还在打我", "天都城"),
    ("injury", "没有", False),
    ("injury", "有的", True),
    ("injury", "有一个流血了", True),
    ("injury", "没看到有人受伤", False),
    ("injury", "不知道", None),
    ("weapon", "好像没", False),
    ("weapon", "有刀", True),
    ("weapon", "不知道", None),
    ("weapon", "什么都没拿", False),
    ("ongoing", "在的", True),
    ("ongoing", "走了", False),
    ("ongoing", "没有已经停了", False),
    ("ongoing", "还在打", True),
    ("phone", "幺三八零零零零一二三四", "13800001234"),
    ("phone", "88001234", "88001234"),
    ("people", "三个", "三个"),
    ("people", "就我一个", "就我一个"),
    ("amount", "五千多", 5000.0),
    ("amount", "三百", 300.0),
    ("amount", "不知道", None),
    ("name", "张三", "张三"),
    ("name", "叫我小王", "小王"),
    ("name", "姓吴", "姓吴"),
    ("name", "不想说", None),
    ("time", "昨天", "昨天"),
    ("time", "不记得了", None),
    ("demand", "赔钱就行", "赔钱就行"),
    ("demand", "我想轻生", None),
    ("plate", "A12345", "A12345"),
]


@pytest.mark.parametrize(("sentence", "expected"), PLACES)
def test_place(sentence: str, expected: str) -> None:
    slot = heard("location", sentence)
    assert slot is not None
    assert (slot.value, slot.quote.replace(" ", "")) == (expected, expected)
    assert slot.confidence >= SURE


@pytest.mark.parametrize("sentence", NOT_PLACES)
def test_no_place(sentence: str) -> None:
    slot = heard("location", sentence)
    assert slot is None or slot.confidence < SURE


@pytest.mark.parametrize(("sentence", "expected"), CORRECTIONS)
def test_corrected_place(sentence: str, expected: str) -> None:
    slot = heard("location", sentence)
    assert slot is not None
    assert slot.value == expected
    assert slot.confidence >= 0.6


@pytest.mark.parametrize(("sentence", "expected"), VAGUE_PLACES)
def test_vague_place_is_only_a_hint(sentence: str, expected: str) -> None:
    slot = heard("location", sentence)
    assert slot is not None
    assert slot.value == expected
    assert slot.confidence < SURE


@pytest.mark.parametrize(("sentence", "expected"), AMOUNTS)
def test_amount(sentence: str, expected: float | None) -> None:
    slot = heard("amount", sentence)
    assert (slot.value if slot else None) == expected


@pytest.mark.parametrize(("sentence", "expected"), PHONES)
def test_phone(sentence: str, expected: str | None) -> None:
    slot = heard("phone", sentence)
    assert (slot.value if slot else None) == expected


@pytest.mark.parametrize(("sentence", "expected"), PLATES)
def test_plate(sentence: str, expected: str | None) -> None:
    slot = heard("plate", sentence)
    assert (slot.value if slot else None) == expected


@pytest.mark.parametrize(("sentence", "expected"), INJURIES)
def test_injury(sentence: str, expected: bool | None) -> None:
    slot = heard("injury", sentence)
    assert (slot.value if slot else None) == expected


@pytest.mark.parametrize(("sentence", "expected"), WEAPONS)
def test_weapon(sentence: str, expected: bool | None) -> None:
    slot = heard("weapon", sentence)
    assert (slot.value if slot else None) == expected


@pytest.mark.parametrize(("sentence", "expected"), ONGOING)
def test_ongoing(sentence: str, expected: bool | None) -> None:
    slot = heard("ongoing", sentence)
    assert (slot.value if slot else None) == expected


@pytest.mark.parametrize(("sentence", "expected"), TIMES)
def test_time(sentence: str, expected: str | None) -> None:
    slot = heard("time", sentence)
    assert (slot.value if slot else None) == expected


@pytest.mark.parametrize(("sentence", "expected"), PEOPLE)
def test_people(sentence: str, expected: str | None) -> None:
    slot = heard("people", sentence)
    assert (slot.value if slot else None) == expected


@pytest.mark.parametrize(("sentence", "expected"), DEMANDS)
def test_demand(sentence: str, expected: str | None) -> None:
    slot = heard("demand", sentence)
    assert (slot.value if slot else None) == expected


@pytest.mark.parametrize(("sentence", "expected"), NAMES)
def test_name(sentence: str, expected: str | None) -> None:
    slot = heard("name", sentence)
    assert (slot.value if slot else None) == expected


@pytest.mark.parametrize(("name", "answer", "expected"), REPLIES)
def test_reply(name: SlotName, answer: str, expected: str | bool | float | None) -> None:
    slot = parse_reply(name, answer)
    assert (slot.value if slot else None) == expected


def test_several_slots_in_one_sentence() -> None:
    slots = {
        slot.name: slot.value
        for slot in extract("我叫张三,电话13800001234,在温州五马街肯德基门口,有两个男的拿刀,没人受伤")
    }
    assert slots["name"] == "张三"
    assert slots["phone"] == "13800001234"
    assert slots["location"] == "温州五马街肯德基门口"
    assert slots["people"] == "两个男的"
    assert slots["weapon"] is True
    assert slots["injury"] is False


def test_quote_keeps_recogniser_spaces() -> None:
    slot = heard("location", "我 在 拱墅区 大关 路 三 号 被 打 了")
    assert slot is not None
    assert slot.value == "拱墅区大关路三号"
    assert slot.quote == "拱墅区 大关 路 三 号"


def test_traditional_script_is_read_and_quoted_as_written() -> None:
    slot = heard("location", "我在龍游路車站門口")
    assert slot is not None
    assert (slot.value, slot.quote) == ("龙游路车站门口", "龍游路車站門口")
